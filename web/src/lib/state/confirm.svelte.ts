export interface Question {
  title: string;
  /** What will happen, a sentence each. */
  consequences: string[];
  confirm: string;
  danger?: boolean;
  /** What has to be typed before the button works, for what cannot be taken back. */
  typed?: string;
}

class Confirmation {
  question = $state<Question | null>(null);
  #answer: ((yes: boolean) => void) | null = null;

  ask(question: Question): Promise<boolean> {
    this.#answer?.(false);
    this.question = question;
    return new Promise((resolve) => (this.#answer = resolve));
  }
  answer(yes: boolean): void {
    this.question = null;
    this.#answer?.(yes);
    this.#answer = null;
  }
}

export const confirmation = new Confirmation();
export const confirm = (question: Question) => confirmation.ask(question);

export interface Question {
  title: string;
  /** What will happen, a sentence each. */
  consequences: string[];
  confirm: string;
  danger?: boolean;
  /** What has to be typed before the button works, for what cannot be taken back. */
  typed?: string;
  /** A choice that goes with the yes; what was chosen is in `confirmation.chosen`. */
  choice?: { legend: string; options: { value: string; title: string; text: string }[] };
}

class Confirmation {
  question = $state<Question | null>(null);
  chosen = $state('');
  #answer: ((yes: boolean) => void) | null = null;

  ask(question: Question): Promise<boolean> {
    this.#answer?.(false);
    this.question = question;
    this.chosen = question.choice?.options[0]?.value ?? '';
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

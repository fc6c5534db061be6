import type { GivenCodes } from '$lib/api/codes';

export interface Shown extends GivenCodes {
  who: string;
}

/** Codes that were just given and are told this once: kept here, in this page, until they are hidden, whatever the list does from which they were asked for. */
class ShownCodes {
  now = $state.raw<Shown | null>(null);

  show(shown: Shown): void {
    this.now = shown;
  }
  hide(): void {
    this.now = null;
  }
}

export const shownCodes = new ShownCodes();

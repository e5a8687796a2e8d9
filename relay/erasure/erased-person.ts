/** Somebody whose name goes from what the relay keeps. */
export interface PersonToErase {
  readonly issuer: string;
  readonly subject: string;
  /** Subject and all user names that the person had here. */
  readonly names: readonly string[];
  /** What the person is called from then on, wherever something is counted. */
  readonly alias: string;
}

/** What stands where somebody who was erased had written something. */
export const erasedText = '(erased)';

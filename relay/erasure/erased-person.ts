/** Somebody whose name goes from what the relay keeps. */
export interface PersonToErase {
  readonly issuer: string;
  readonly subject: string;
  /** Subject and all user names that the person had here. */
  readonly names: readonly string[];
  /** Those of them that nobody else has: what is kept by a name alone is the person’s only under these. */
  readonly ownNames: readonly string[];
  /** What the person is called from then on, wherever something is counted. */
  readonly alias: string;
}

/** What stands where somebody who was erased had written something. */
export const erasedText = '(erased)';

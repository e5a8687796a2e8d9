/** What somebody was told of before a kill, and that must therefore be there after it. */
export interface KnownActs {
  /** Paths of requests that were answered by the relay or the API behind it. */
  readonly answered: string[];
  /** Ids of access requests that the relay said it has, and of those that a command said it approved. */
  readonly requested: string[];
  readonly approved: string[];
  /** Ids of locks that a command said are in force. */
  readonly locked: string[];
  /** Subjects whose sign-ins a command said have ended. */
  readonly revoked: string[];
  /** Tokens that the relay said are signed out. */
  readonly signedOut: string[];
}

/** Nothing is known yet. */
export function noActs(): KnownActs {
  return { answered: [], requested: [], approved: [], locked: [], revoked: [], signedOut: [] };
}

import type { Snapshot } from './snapshot.ts';

/** What somebody who is new is told, one after the other. */
export const firstHints = ['switch', 'copy', 'go'] as const;
export type FirstHint = (typeof firstHints)[number];

/** Whether somebody has just signed in who never had before on this computer. Pure. */
export function isFirstSignIn(before: Snapshot, after: Snapshot): boolean {
  return before.recentRelayUrls.length === 0 && after.recentRelayUrls.length > 0;
}

/** The hint to show; null when nothing is left to tell. Who has switched something on needs no telling how. Pure. */
export function nextHint(hints: readonly FirstHint[], hasSwitchedOn: boolean): FirstHint | null {
  return hints.find((hint) => hint !== 'switch' || !hasSwitchedOn) ?? null;
}

/** What is left after a hint was dismissed, and with it those before it. Pure. */
export function hintsAfter(hint: FirstHint): FirstHint[] {
  return firstHints.slice(firstHints.indexOf(hint) + 1);
}

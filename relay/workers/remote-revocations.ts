import { createRevocations, type RevocationMark, type Revocations } from '../identity/revocations.ts';
import type { PrimaryLink } from './primary-link.ts';

/**
 * Revocations of this worker, with those of the others: kept here for decisions, told to the primary process, which
 * tells the other workers and those that start later.
 * @param known what was revoked before this worker started
 */
export function createRemoteRevocations(link: PrimaryLink, known: readonly RevocationMark[]): Revocations {
  const local = createRevocations({ now: Date.now });
  for (const mark of known) local.take(mark);
  link.onMessage((message) => {
    if (message.type === 'revoked') for (const mark of message.marks) local.take(mark);
  });
  return {
    revoke: (revocation) => link.post({ type: 'revoked', marks: local.mark(revocation) }),
    isRevoked: (identity) => local.isRevoked(identity),
    problem: () => null,
  };
}

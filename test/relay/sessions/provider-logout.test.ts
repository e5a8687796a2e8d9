import { expect, it } from 'vitest';
import { openSessionStore } from '../../../relay/sessions/session-store.ts';
import { signedOutThere, trackSessions } from '../../../relay/sessions/track-sessions.ts';
import { alice, silent, temporaryFolder } from '../audit/audit-fixtures.ts';
import { sessionOf } from '../erasure/session-of.ts';

const nowMs = Date.now();
const byDana = { by: 'dana', reason: 'The laptop was stolen.', atMs: nowMs - 1000 };
const there = { by: 'Example Company', reason: signedOutThere, atMs: nowMs };

it.each([
  ['one that goes on', {}, there],
  ['one that an administrator has ended', { revoked: byDana }, byDana],
  [
    'one that goes on with a token of later than its end',
    { revoked: byDana, binding: 'device', issuedAtMs: nowMs - 1 },
    there,
  ],
] as const)('a sign-out at the provider ends %s, once', async (_what, given, revoked) => {
  const dataDir = temporaryFolder();
  const store = openSessionStore(dataDir);
  store.put([{ ...sessionOf(alice, nowMs - 5000), ...given }]);
  store.close();
  const sessions = trackSessions({ dataDir, log: silent, now: () => nowMs });
  try {
    await sessions.didLogOut({ issuer: alice.issuer, subject: alice.subject, sid: undefined });
    expect((await sessions.list(alice)).map((session) => session.revoked)).toEqual([revoked]);
  } finally {
    await sessions.close();
  }
});

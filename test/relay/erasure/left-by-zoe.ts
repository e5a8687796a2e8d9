import { newLock, type Lock } from '../../../relay/sessions/lock.ts';
import type { SessionRecord } from '../../../relay/sessions/session-record.ts';
import { zoe } from '../audit/personal-records.ts';
import { sessionOf } from './session-of.ts';

/** Somebody else. */
export const bob = { issuer: zoe.issuer, subject: 'subject-bob', username: 'bob', groups: [] };

/** As she is called where she runs the relay. */
export const zoeAsOperator = `${zoe.username} (console)`;

export const bobsSession = (nowMs: number): SessionRecord => ({
  ...sessionOf({ ...zoe, ...bob, remoteAddress: '' }, nowMs),
  id: 'sBob',
  device: { name: 'Bobs-Desktop', system: 'linux', appVersion: '1.0.0' },
  revoked: { by: zoeAsOperator, reason: 'Left', atMs: nowMs },
});

/** Locks that name Zoe: what she ended of her own, what was on her device and is over, and what she did to others. */
export function locksOfZoe(nowMs: number): readonly Lock[] {
  const own = sessionOf(zoe, nowMs);
  const over = { untilMs: nowMs - 1 };
  return [
    newLock(
      { type: 'sign-in', session: own.id, endedBy: 'person', from: zoe.device },
      { reason: `Ended by the person on ${zoe.device}.`, author: zoe.username, untilMs: nowMs + 86_400_000 },
      nowMs,
    ),
    newLock(
      { type: 'sign-in', session: 'sLongAgo', endedBy: 'person', from: zoe.device },
      { reason: `Ended by the person on ${zoe.device}.`, author: zoe.username, untilMs: nowMs + 86_400_000 },
      nowMs,
    ),
    newLock({ type: 'device', device: zoe.device.toUpperCase() }, { reason: 'of zoe', author: 'root', ...over }, nowMs),
    newLock(
      { type: 'device', device: `${zoe.username}S OTHER NAME` },
      { reason: 'of zoe', author: 'root', ...over },
      nowMs,
    ),
    newLock({ type: 'session', session: own.id }, { reason: 'of zoe', author: 'root', ...over }, nowMs),
    newLock(
      { type: 'person', who: zoe.username.toUpperCase(), issuer: null },
      { reason: 'of zoe', author: 'root', ...over },
      nowMs,
    ),
    newLock(
      { type: 'person', who: 'bob', issuer: null },
      { reason: 'Left', author: zoeAsOperator, untilMs: null },
      nowMs,
    ),
  ];
}

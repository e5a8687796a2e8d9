import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { readCallerNetwork } from '../config/values/address-network.ts';
import { plainReason } from '../../shared/plain-reason.ts';
import { reason as sentence, type Reason } from '../../shared/reason.ts';

const text = z.string().min(1).max(500);
/** As `readCallerNetwork` writes it. */
const networkSchema = text.refine((network) => {
  const read = readCallerNetwork(network);
  return 'network' in read && read.network === network;
});

/**
 * Whom or what a lock shuts out. `who` is a user name, mail address or subject, of any provider without `issuer`.
 * `sign-in` is how a session ends before its time: its sign-in doesn't count any more.
 */
const lockTargetSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('person'), who: text, issuer: text.nullable() }),
  z.object({ type: z.literal('session'), session: text }),
  z.object({ type: z.literal('device'), device: text }),
  z.object({ type: z.literal('group'), group: text }),
  z.object({ type: z.literal('api'), api: text }),
  z.object({ type: z.literal('address'), network: networkSchema }),
  z.object({ type: z.literal('everything') }),
  z.object({
    type: z.literal('sign-in'),
    session: text,
    endedBy: z.enum(['administrator', 'person']),
    /** The device on which the person ended it, as its client calls it. */
    from: text.optional(),
  }),
]);
export type LockTarget = z.infer<typeof lockTargetSchema>;

/** A refusal by somebody who runs the relay, or by the person of a session. Times are milliseconds since the epoch. */
export const lockSchema = z.object({
  id: z.string().regex(/^[\w-]{1,64}$/),
  target: lockTargetSchema,
  reason: z.string().max(2000),
  author: z.string().max(500),
  createdAtMs: z.number(),
  /** When it ends by itself; null for never. */
  untilMs: z.number().nullable(),
  /** Who took it away; null while nobody did. */
  removed: z.object({ by: z.string().max(500), reason: z.string().max(2000), atMs: z.number() }).nullable(),
  /** Of somebody who was erased meanwhile: it goes as soon as it is over. */
  ofErased: z.literal(true).optional(),
});
export type Lock = z.infer<typeof lockSchema>;

/** Something that an administrator, or the person of a session, did; for the audit. */
export interface LockAct {
  readonly event: 'lock-added' | 'lock-removed' | 'session-ended';
  readonly timeMs: number;
  readonly operator: string;
  readonly reason: string;
  readonly lock: Lock;
}

/** How long an ended sign-in is remembered: longer than its tokens can be renewed. */
export const signInEndLifetimeMs = 90 * 86_400_000;

export function newLock(
  target: LockTarget,
  { reason, author, untilMs }: Pick<Lock, 'reason' | 'author' | 'untilMs'>,
  nowMs: number,
): Lock {
  const id = randomBytes(9).toString('base64url').replace(/^-/, '_');
  return { id, target, reason, author, createdAtMs: nowMs, untilMs, removed: null };
}

/** Whether it shuts out now. */
export function isInForce({ untilMs, removed }: Lock, nowMs: number): boolean {
  return removed === null && (untilMs === null || nowMs < untilMs);
}

/** What is locked, in words that go on a sentence: “Access is locked for …”. */
export function targetWords(target: LockTarget): string {
  switch (target.type) {
    case 'person':
      return target.issuer === null ? `the person ${target.who}` : `the person ${target.who} at ${target.issuer}`;
    case 'session':
    case 'sign-in':
      return `the session ${target.session}`;
    case 'device':
      return `the device ${target.device}`;
    case 'group':
      return `the group ${target.group}`;
    case 'api':
      return `the API ${target.api}`;
    case 'address':
      return `the ${target.network.includes('/') ? 'network' : 'address'} ${target.network}`;
    case 'everything':
      return 'everything';
  }
}

/** What somebody who is shut out is told: end and, unless little is to be told, reason. */
export function lockReason({ target, reason, untilMs }: Lock, disclose: Disclosure): Reason {
  const what = { and: [toldTarget(target)] };
  const until = {
    and: [untilMs === null ? sentence('until-unlocked') : sentence('until', { time: { atMs: untilMs } })],
  };
  return disclose === 'full'
    ? sentence('locked-why', { what, until, why: reason })
    : sentence('locked', { what, until });
}

/** The same in English. */
export function lockDetail(lock: Lock, disclose: Disclosure): string {
  return plainReason(lockReason(lock, disclose));
}

/** What the person of an ended session is told: who ended it and, unless little is to be told, why. */
export function endReason({ target, reason }: Lock, disclose: Disclosure): Reason {
  if (target.type !== 'sign-in' || target.endedBy !== 'person')
    return disclose === 'full' ? sentence('session-ended-why', { why: reason }) : sentence('session-ended');
  return target.from === undefined
    ? sentence('session-ended-by-you')
    : sentence('session-ended-from', { device: target.from });
}

/** How much is told of a decision, as the config says. */
export type Disclosure = 'full' | 'minimal';

/** A caller learns what kind of lock it is, not which names of theirs it goes by. */
function toldTarget(target: LockTarget): Reason {
  if (target.type === 'group') return sentence('lock-group', { group: target.group });
  return sentence(`lock-${target.type === 'sign-in' ? 'session' : target.type}`);
}

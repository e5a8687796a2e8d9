import { reasonedError } from '../../../shared/plain-reason.ts';
import { reason } from '../../../shared/reason.ts';
import type { AccessRequest } from '../../grants/grant.ts';
import { type Person, personKey } from '../../identity/person-key.ts';

const dayMs = 86_400_000;
const maxPending = 20;
/** Each tells everybody who decides, so those that were taken back count, too. */
const maxADay = 50;

/** Of all requests of a person. @throws AccessError `rate-limited` for one that may not make another now */
export function refuseTooMany(
  requests: readonly Pick<AccessRequest, 'status' | 'requestedAtMs'>[],
  nowMs: number,
): void {
  if (requests.filter(({ status }) => status === 'pending').length >= maxPending)
    throw reasonedError('rate-limited', reason('most-requests', { most: maxPending }));
  const within = requests.filter(({ requestedAtMs }) => requestedAtMs > nowMs - dayMs);
  if (within.length < maxADay) return;
  const freeAtMs = within.map(({ requestedAtMs }) => requestedAtMs).toSorted((one, other) => other - one)[maxADay - 1];
  const next = { atMs: (freeAtMs ?? nowMs) + dayMs };
  throw reasonedError('rate-limited', reason('asked-too-often', { most: maxADay, next }));
}

/** Lets each person do one thing at a time, so that what is counted before doing it still holds then. */
export function oneAtATime(): <Result>(person: Person, work: () => Promise<Result>) => Promise<Result> {
  const last = new Map<string, Promise<unknown>>();
  return async (person, work) => {
    const key = personKey(person);
    const before = last.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (last.get(key) === mine) last.delete(key);
    }
  };
}

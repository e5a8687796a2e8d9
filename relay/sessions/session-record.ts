import { z } from 'zod';
import { deviceAttributesSchema } from '../../shared/device-attributes.ts';
import { isInForce, type Lock } from './lock.ts';

const seen = z.record(z.string().max(500), z.number());

/**
 * One sign-in of a person, or of a service, on a device, as relays remember it. Times are milliseconds since the epoch;
 * what a client says of its device isn't verified.
 */
export const sessionRecordSchema = z.object({
  id: z.string().max(64),
  kind: z.enum(['person', 'service']),
  issuer: z.string(),
  /** The provider as people know it. */
  provider: z.string(),
  subject: z.string(),
  username: z.string(),
  device: z.object({
    id: z.string().optional(),
    name: z.string(),
    system: z.string(),
    appVersion: z.string(),
    /** What IT says of the computer (`deviceAttributes`); left out where its client says nothing. */
    attributes: deviceAttributesSchema.optional(),
  }),
  /** What the person calls the device, empty where they took that back; left out while they never chose. */
  chosen: z.object({ name: z.string().max(100), atMs: z.number() }).optional(),
  acr: z.string().nullable(),
  /** By what the person signed in (`amr`, RFC 8176), as the provider names it; left out where it doesn't say. */
  amr: z.array(z.string().max(64)).max(10).optional(),
  /** When the person last signed in at the provider; null when it doesn't say. */
  signedInAtMs: z.number().nullable(),
  binding: z.enum(['key', 'provider-session', 'device']),
  /** Newest token of the session, and when it was made. */
  tokenId: z.string().nullable(),
  issuedAtMs: z.number().nullable(),
  /** Which of the provider's sessions it is of (`providerSessionName`); left out where tokens don't say. */
  providerSession: z.string().max(64).optional(),
  sinceMs: z.number(),
  lastUsedAtMs: z.number(),
  /** When the person signed out there; left out while they haven't. */
  signedOutAtMs: z.number().optional(),
  /** Who ended it, alone or with all sign-ins of the person, and why; left out while nobody has. */
  revoked: z.object({ by: z.string(), reason: z.string(), atMs: z.number() }).optional(),
  /** Addresses that its tunnels came from, with the time of the last. */
  addresses: seen,
  /** APIs that it used, with the time of the last use. */
  apis: seen,
  /** How many tunnels each process of the relays carries of it, as of when it last said so. */
  tunnels: z.record(z.string(), z.object({ count: z.int(), seenAtMs: z.number() })),
});
export type SessionRecord = z.infer<typeof sessionRecordSchema>;

const maxAddresses = 20;
const maxApis = 100;
/** A process that says nothing for so long carries none. */
const tunnelSilenceMs = 150_000;
/** Sessions are remembered for as long after their last use. */
export const sessionLifetimeMs = 90 * 86_400_000;

/** What two processes know of a session, together. */
export function mergeSessions(known: SessionRecord | null, told: SessionRecord): SessionRecord {
  if (known === null) return told;
  const newer = (told.issuedAtMs ?? 0) >= (known.issuedAtMs ?? 0) ? told : known;
  const tunnels = { ...known.tunnels };
  for (const [process, said] of Object.entries(told.tunnels)) {
    if ((tunnels[process]?.seenAtMs ?? 0) <= said.seenAtMs) tunnels[process] = said;
  }
  const lastUsedAtMs = Math.max(known.lastUsedAtMs, told.lastUsedAtMs);
  const signedOutAtMs = Math.max(known.signedOutAtMs ?? 0, told.signedOutAtMs ?? 0);
  const revoked = (told.revoked?.atMs ?? 0) >= (known.revoked?.atMs ?? 0) ? told.revoked : known.revoked;
  const chosen = (told.chosen?.atMs ?? 0) >= (known.chosen?.atMs ?? 0) ? told.chosen : known.chosen;
  return {
    ...newer,
    ...(chosen === undefined ? {} : { chosen }),
    ...(revoked === undefined ? {} : { revoked }),
    sinceMs: Math.min(known.sinceMs, told.sinceMs),
    lastUsedAtMs,
    ...(signedOutAtMs === 0 ? {} : { signedOutAtMs }),
    addresses: newest(known.addresses, told.addresses, maxAddresses),
    apis: newest(known.apis, told.apis, maxApis),
    tunnels: Object.fromEntries(
      Object.entries(tunnels).filter(
        ([, { count, seenAtMs }]) => count > 0 || seenAtMs >= lastUsedAtMs - tunnelSilenceMs,
      ),
    ),
  };
}

/** What the person calls the device; null while that is what its client says. */
export function chosenName({ chosen }: Pick<SessionRecord, 'chosen'>): string | null {
  return chosen === undefined || chosen.name === '' ? null : chosen.name;
}

export function openTunnels({ tunnels }: SessionRecord, nowMs: number): number {
  return Object.values(tunnels)
    .filter(({ seenAtMs }) => nowMs - seenAtMs < tunnelSilenceMs)
    .reduce((sum, { count }) => sum + count, 0);
}

/** The end of the session's sign-in among these locks; null while it goes on. */
export function endOf({ id, binding, issuedAtMs }: SessionRecord, locks: readonly Lock[], nowMs: number): Lock | null {
  const isOfIt = (lock: Lock): boolean =>
    lock.target.type === 'sign-in' && lock.target.session === id && isInForce(lock, nowMs);
  const counts = (lock: Lock): boolean => binding === 'key' || issuedAtMs === null || issuedAtMs <= lock.createdAtMs;
  return locks.find((lock) => isOfIt(lock) && counts(lock)) ?? null;
}

/** When the person signed out; null while the session goes on, as it does with a later token where no key tells them apart. */
export function signedOutAt({ binding, issuedAtMs, signedOutAtMs }: SessionRecord): number | null {
  if (signedOutAtMs === undefined) return null;
  return binding === 'key' || issuedAtMs === null || issuedAtMs <= signedOutAtMs ? signedOutAtMs : null;
}

/** How it ended with all sign-ins of its person; null while it goes on, as it does with a later token where no key tells them apart. */
export function revocationOf({
  binding,
  issuedAtMs,
  revoked,
}: SessionRecord): NonNullable<SessionRecord['revoked']> | null {
  if (revoked === undefined) return null;
  return binding === 'key' || issuedAtMs === null || issuedAtMs <= revoked.atMs ? revoked : null;
}

/** A session as it is stored; null for what isn't one. */
export function parseSession(text: string): SessionRecord | null {
  try {
    return sessionRecordSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

type Times = Readonly<Record<string, number>>;

/** The last time of each, of as many as are kept. */
function newest(one: Times, other: Times, most: number): Record<string, number> {
  const times: Record<string, number> = { ...one };
  for (const [name, atMs] of Object.entries(other)) times[name] = Math.max(atMs, times[name] ?? 0);
  const entries = Object.entries(times);
  if (entries.length <= most) return times;
  return Object.fromEntries(entries.toSorted(([, early], [, late]) => late - early).slice(0, most));
}

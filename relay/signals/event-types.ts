import type { TransmitterConfig } from '../config/signals-schema.ts';

/** What an event tells of, as the config decides on it. */
export type SignalKind = keyof TransmitterConfig['events'];

const caep = 'https://schemas.openid.net/secevent/caep/event-type/';
const risc = 'https://schemas.openid.net/secevent/risc/event-type/';
const ssf = 'https://schemas.openid.net/secevent/ssf/event-type/';
/** As drafts called it, which some still send. */
const sse = 'https://schemas.openid.net/secevent/sse/event-type/';

/** Types that something is done about (CAEP 1.0 §3, RISC 1.0 §2). */
const kinds: ReadonlyMap<string, SignalKind> = new Map([
  [`${caep}session-revoked`, 'session_revoked'],
  [`${risc}sessions-revoked`, 'session_revoked'],
  [`${caep}credential-change`, 'credential_change'],
  [`${risc}account-disabled`, 'account_disabled'],
  [`${risc}account-purged`, 'account_purged'],
  [`${risc}account-enabled`, 'account_enabled'],
]);

/** Undefined for what nothing is done about. */
export function signalKindOf(type: string): SignalKind | undefined {
  return kinds.get(type);
}

/** Whether an event is about the stream itself (SSF 1.0 §8.1.4, §8.1.5): a test of it, or that it was paused or ended. */
export function streamEventOf(type: string): 'verification' | 'stream-updated' | undefined {
  for (const name of ['verification', 'stream-updated'] as const)
    if (type === `${ssf}${name}` || type === `${sse}${name}`) return name;
  return undefined;
}

/** The last part of a type, for people. */
export function shortType(type: string): string {
  return type.slice(0, 300).split('/').at(-1) ?? type;
}

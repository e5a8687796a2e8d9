import type { UserProblem } from './errors.ts';

/** Steps between this computer and the APIs, in the order in which a request needs them. */
export const hopNames = [
  'dns',
  'proxy',
  'tls',
  'clock',
  'relay',
  'idp',
  'token',
  'tunnel',
  'listener',
  'upstream',
] as const;
export type HopName = (typeof hopNames)[number];

/** What was found at one hop; `skipped` when an earlier one makes it pointless to try, or there is nothing to look at. */
export type Hop = {
  readonly hop: HopName;
  readonly detail: string;
  /** How long the look took, milliseconds. */
  readonly tookMs: number;
} & ({ readonly status: 'ok' | 'skipped' } | { readonly status: 'failed'; readonly problem: UserProblem });

/** One certificate of the chain that the relay shows, the relay's own first. Times are milliseconds since the epoch. */
export interface ShownCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly validFromMs: number;
  readonly validToMs: number;
  readonly fingerprint256: string;
}

/** What a look found out besides its verdicts; null where it didn't get that far. */
export interface DiagnosticFacts {
  /** Host and port of the proxy that is used; null for none. */
  readonly proxy: string | null;
  readonly clock: { readonly localMs: number; readonly relayMs: number } | null;
  readonly tls: { readonly protocol: string; readonly certificates: readonly ShownCertificate[] } | null;
  readonly relayVersion: string | null;
}

/** One look at every hop, for the person and for a help desk. */
export interface DiagnosticReport {
  readonly startedAtMs: number;
  readonly relayUrl: string;
  readonly relayName: string;
  readonly appVersion: string;
  readonly system: string;
  readonly runtime: string;
  readonly hops: readonly Hop[];
  readonly facts: DiagnosticFacts;
  /** The tunnel's session, by which operators find it; null when there is none. */
  readonly session: { readonly id: string; readonly sinceMs: number; readonly roundTripMs: number | null } | null;
  /** How the sign-in is bound and kept; null when there is none. */
  readonly signIn: {
    readonly bound: 'dpop' | 'bearer';
    readonly kept: 'keychain' | 'encrypted-file' | 'memory';
    readonly expiresAtMs: number;
  } | null;
}

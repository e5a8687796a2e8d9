import type { Hono } from 'hono';
import type { Logger } from 'pino';
import type { AuditLog } from '../audit/audit-record.ts';
import type { AdminConfig } from '../config/admin-schema.ts';
import type { AuthenticatorIssuer, AuthenticatorOptions } from '../identity/create-authenticator.ts';
import type { Identity } from '../identity/identity.ts';
import type { AdminContext, AdminEnv, AdminSignIn } from './admin-env.ts';
import type { OperatorStanding } from './operator-standing.ts';

/** Somebody who came with the console’s cookie. */
export interface ConsoleEntry {
  readonly person: { readonly issuer: string; readonly subject: string };
  readonly signIn: () => AdminSignIn;
  /** Who they are now. @throws AccessError `sign-in-expired`, `session-revoked`, or why it can’t be known */
  readonly identity: () => Promise<Identity>;
}

/** Looks at the console’s cookie. */
export interface ConsoleGate {
  /**
   * Whom a request’s cookie is of; null where it brings none of the console.
   * @throws AccessError `sign-in-expired` for a stale cookie, `origin-not-allowed` for what another page has asked
   */
  enter(context: AdminContext): Promise<ConsoleEntry | null>;
  /** Whom a request’s cookie is of, for the record of a refusal; lets nobody in. */
  whose(context: AdminContext): ConsoleEntry['person'] | null;
}

export interface ConsoleOptions {
  readonly admin: () => AdminConfig;
  readonly issuers: () => readonly AuthenticatorIssuer[];
  readonly relayUrl: string;
  /** Certificate (PEM) that the relay shows at its own address, where it shows one itself. */
  readonly relayCertificate: () => string | undefined;
  /** Knows keys of the relay’s own without asking anybody. */
  readonly fetch: AuthenticatorOptions['fetch'] | undefined;
  readonly maxTokenBytes: number;
  readonly standing: OperatorStanding;
  readonly audit: AuditLog;
  readonly log: Logger;
  /** Of the console, as browsers see it. */
  readonly origin: () => string;
}

/** The operators’ console on the operators’ port. */
export interface ConsolePart {
  readonly gate: ConsoleGate;
  /** Adds sign-in and pages; before what holds for the API alone. */
  addTo(app: Hono<AdminEnv>): void;
  /** What the config says of providers has changed. */
  reload(): void;
  /** An issuer has other keys than before. */
  keysChanged(issuer: string): void;
  close(): void;
}

import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { AdminRole } from '../config/admin-schema.ts';

/** How a caller of the admin API is signed in. */
export type AdminSignIn =
  | { readonly how: 'socket' }
  | { readonly how: 'token'; readonly endsAtMs: number }
  /** By the cookie of the console: ends at the latest at `endsAtMs`, and at `idleEndsAtMs` unless something is done. */
  | {
      readonly how: 'console';
      readonly signedInAt: string;
      readonly endsAtMs: number;
      readonly idleEndsAtMs: number;
    };

/** Who asks the admin API. */
export interface AdminCaller {
  /** Names the caller in records: a user name, or a user of this machine. */
  readonly name: string;
  /** Of the provider’s people; null for users of this machine, who come by the Unix socket. */
  readonly person: { readonly issuer: string; readonly subject: string; readonly username: string } | null;
  readonly roles: readonly AdminRole[];
  readonly signIn: AdminSignIn;
  /** Who the same credentials stand for now, for answers that go on. @throws AccessError why they no longer count */
  again(): Promise<AdminCaller>;
}

/** What a request of the admin API carries with it. */
export interface AdminEnv {
  readonly Bindings: HttpBindings;
  readonly Variables: { caller: AdminCaller };
}

export type AdminContext = Context<AdminEnv>;

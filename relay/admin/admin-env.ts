import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { AdminRole } from '../config/admin-schema.ts';

/** Who asks the admin API. */
export interface AdminCaller {
  /** Names the caller in records: a user name, or a user of this machine. */
  readonly name: string;
  /** Of the provider’s people; null for users of this machine, who come by the Unix socket. */
  readonly person: { readonly issuer: string; readonly subject: string; readonly username: string } | null;
  readonly roles: readonly AdminRole[];
}

/** What a request of the admin API carries with it. */
export interface AdminEnv {
  readonly Bindings: HttpBindings;
  readonly Variables: { caller: AdminCaller };
}

export type AdminContext = Context<AdminEnv>;

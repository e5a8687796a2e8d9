import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { Operator } from '../acts/operator.ts';
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

/** A user of the relay’s machine, as the system says who has connected. */
export interface MachineUser extends Operator {
  /** Root, or the relay’s own user: who can open its files anyway. */
  readonly opensFiles: boolean;
}

/** Who asks the admin API. */
export interface AdminCaller {
  /** Names the caller in records: a user name, or a user of this machine. */
  readonly name: string;
  /** Of the provider’s people; null for users of this machine, who come by the Unix socket. */
  readonly person: { readonly issuer: string; readonly subject: string; readonly username: string } | null;
  /** Of who comes by the Unix socket; left out where the system doesn’t say who that is, and for people of the providers. */
  readonly machineUser?: MachineUser;
  /** Of who comes by the Unix socket: whether that was opened for a group (`admin.socket_group` as of the start). */
  readonly isSocketShared?: boolean;
  readonly roles: readonly AdminRole[];
  readonly signIn: AdminSignIn;
  /** Who the same credentials stand for now, for answers that go on. @throws AccessError why they no longer count */
  again(): Promise<AdminCaller>;
}

/** What a request of the admin API carries with it. */
export interface AdminEnv {
  readonly Bindings: HttpBindings;
  /** `isToldOnce` of an answer with a secret in it: nobody gets it again, also not who repeats the request. */
  readonly Variables: { caller: AdminCaller; isToldOnce?: true };
}

export type AdminContext = Context<AdminEnv>;

/** The caller as records of administrators’ acts name who it was. */
export function operatorOf({ name, machineUser }: AdminCaller): Operator {
  if (machineUser === undefined) return { user: name, sudoUser: null };
  const { user, sudoUser } = machineUser;
  return { user, sudoUser };
}

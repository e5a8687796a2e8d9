import type { Socket } from 'node:net';
import PQueue from 'p-queue';
import { toUserProblem, type UserProblem } from '../../shared/errors.ts';
import { type LoopbackListener, openLoopbackListener } from './loopback-listener.ts';
import { peekHost } from './peek-host.ts';
import type { Refusal } from './refusal.ts';
import { text } from '../../shared/messages/text.ts';

/** Listener id of the gateway in every tunnel; the APIs' own listeners have higher ones. */
export const gatewayListenerId = 1;

export type GatewayState =
  | { readonly status: 'off' }
  | { readonly status: 'on'; readonly port: number }
  | { readonly status: 'failed'; readonly problem: UserProblem };

/** A profile as the gateway sees it: somebody who takes connections. */
export interface GatewayUser {
  /** Whether a `Host`, in small letters and with its port, is a name of this profile. */
  owns(host: string): boolean;
  carry(socket: Socket, listenerId: number): void;
  /** A connection was turned away. */
  refused?(refusal: Refusal): void;
}

/**
 * The one shared listener for `http://<api>.localhost:<port>` and `http://<api>.<relay>.localhost:<port>`. Of several
 * profiles, a connection goes to the one whose name its first request carries, else to the one that came first, whose
 * relay says that it knows no such name.
 */
export interface Gateway {
  state(): GatewayState;
  /** Whether names of this profile's APIs lead to it now. */
  serves(user: GatewayUser): boolean;
  /** The profile has connections: opens the listener for the first one. */
  join(user: GatewayUser): Promise<void>;
  leave(user: GatewayUser): Promise<void>;
  /** Moves an open listener. */
  setPort(port: number): Promise<void>;
  close(): Promise<void>;
}

/** Makes the gateway; `onChange` is called after each change of state or of the profile that it serves. */
export function createGateway(options: {
  readonly port: number;
  readonly onChange: () => void;
  readonly now: () => number;
}): Gateway {
  const users: GatewayUser[] = [];
  let { port } = options;
  let state: GatewayState = { status: 'off' };
  let listener: LoopbackListener | undefined;
  const queue = new PQueue({ concurrency: 1 });

  function accept(socket: Socket): void {
    // One profile's connections need no look: its relay judges every name.
    if (users.length > 1) peekHost(socket, (host) => give(socket, host));
    else give(socket, null);
  }

  function give(socket: Socket, host: string | null): void {
    const user = (host === null ? undefined : users.find((each) => each.owns(host))) ?? users[0];
    if (user) user.carry(socket, gatewayListenerId);
    else socket.destroy();
  }

  /** Brings the listener to what is wanted now; runs one at a time, in order. */
  function settle(): Promise<void> {
    return queue.add(async () => {
      const wanted = users.length > 0;
      if (listener && (!wanted || listener.port !== port)) {
        await listener.close();
        listener = undefined;
      }
      if (wanted && !listener) {
        try {
          listener = await openLoopbackListener({
            port,
            purpose: text('failure.gateway-purpose'),
            onConnection: accept,
            onRefused: (refusal) => users[0]?.refused?.(refusal),
          });
          state = { status: 'on', port };
        } catch (error) {
          state = { status: 'failed', problem: toUserProblem(error, options.now()) };
        }
      } else if (!wanted) {
        state = { status: 'off' };
      }
      options.onChange();
    });
  }

  return {
    state: () => state,
    serves: (user) => state.status === 'on' && users.includes(user),
    join: async (user) => {
      if (users.includes(user)) return;
      users.push(user);
      await settle();
    },
    leave: async (user) => {
      const at = users.indexOf(user);
      if (at === -1) return;
      users.splice(at, 1);
      await settle();
    },
    setPort: async (value) => {
      port = value;
      await settle();
    },
    close: async () => {
      users.length = 0;
      await settle();
    },
  };
}

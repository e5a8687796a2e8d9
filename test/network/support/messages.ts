import type { TunnelState } from '../../../shared/snapshot.ts';

/** What the test tells the process in the relay's namespace. */
export type ToRelaySide = { readonly type: 'go-on' | 'finish' | 'count' | 'stop' };

/** What that process tells the test. */
export type RelaySideMessage =
  | { readonly type: 'ready'; readonly relayPort: number; readonly ca: string; readonly token: string }
  | { readonly type: 'posts'; readonly posts: number };

/** What the test tells the process in the client's namespace. */
export type ToClientSide =
  | { readonly type: 'start'; readonly relayPort: number; readonly ca: string; readonly token: string }
  /** Begins a download, an event stream and a WebSocket. */
  | { readonly type: 'begin' }
  /** Says something on the WebSocket and posts. */
  | { readonly type: 'say'; readonly words: string }
  | { readonly type: 'stop' };

/** What became of the calls, once all of them have ended. */
export interface Outcome {
  readonly downloaded: { readonly bytes: number; readonly sha256: string };
  readonly events: string;
  readonly echoed: readonly string[];
  readonly posts: readonly number[];
}

/** What that process tells the test. */
export type ClientSideMessage =
  | { readonly type: 'state'; readonly state: TunnelState; readonly atMs: number }
  | { readonly type: 'begun' }
  | { readonly type: 'outcome'; readonly outcome: Outcome };

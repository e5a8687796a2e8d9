import type { Allocate } from './outbox.ts';
import type { StreamOwner, TunnelStream } from './tunnel-stream.ts';

/** The message channel below, a WebSocket in practice. */
export interface MessageChannel {
  /** Sends one binary message. */
  send(message: Uint8Array): void;
  /** Bytes handed to `send` and not yet on their way. */
  readonly bufferedAmount: number;
}

/** A bound that this multiplexer shares with others. */
export interface SharedMemory {
  /** What is kept until the peer acknowledges it has grown by so many bytes, or shrunk when negative. */
  didKeep(bytes: number): void;
  /** False asks for no more than what is kept already: streams wait. */
  readonly mayKeep: boolean;
  /** Windows have grown by so many bytes beyond their beginning, or are given back when negative. */
  didGrow(bytes: number): void;
  /** False keeps windows as they are. */
  readonly mayGrow: boolean;
}

export interface MultiplexerOptions {
  readonly role: 'client' | 'relay';
  /** Calls back once, at the end of the present event-loop turn (`setImmediate`). */
  readonly schedule: (callback: () => void) => void;
  readonly allocate?: Allocate;
  /** Largest receive window of one stream. */
  readonly maxWindowBytes: number;
  /** Sum of what all receive windows may grow beyond their beginning. */
  readonly maxGrowthBytes: number;
  readonly maxStreams: number;
  /** Above this much unsent in the channel or unacknowledged by the peer, streams wait. */
  readonly maxChannelBytes: number;
  readonly maxRetainedBytes: number;
  /** What all tunnels of the process together may keep; left out where nothing bounds it. */
  readonly memory?: SharedMemory;
  /** Relay only: a stream was opened. Returns its owner, or null to refuse it. */
  readonly onOpen?: (stream: TunnelStream, listenerId: number) => StreamOwner | null;
  /** Relay only: whether one more stream has a place; `made` when another had to go. By `maxStreams` when left out. */
  readonly roomFor?: (listenerId: number) => 'free' | 'made' | 'none';
  readonly onControl: (message: unknown) => void;
  /** PONG for a PING that carried this value. */
  readonly onPong: (value: number) => void;
  /** Milliseconds, for the bound on floods. */
  readonly now?: () => number;
}

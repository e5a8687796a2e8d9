/**
 * Constants of the tunnel protocol; `docs/tunnel-protocol.md` is the specification. One WebSocket (RFC 6455) message
 * carries one or more frames. All integers are unsigned and big-endian.
 */
export const tunnelProtocol = 'causeway.tunnel.v1';

/** Type (1), flags (1, zero), reserved (2, zero), stream id (4), payload length (4). */
export const frameHeaderBytes = 12;

/** Types below 16 are numbered and kept until acknowledged, the others are not. */
export const frameType = {
  /** Client to relay: begins a stream; payload is the listener's id (2 bytes). */
  open: 1,
  data: 2,
  /** The sender writes no more; the other direction goes on. */
  end: 3,
  /** Ends both directions at once; payload is a reset code (2 bytes) and a short UTF-8 reason. */
  reset: 4,
  /** Payload is how many further bytes the peer may send on the stream (4 bytes). */
  credit: 5,
  /** Stream 0 only: a JSON message, see control-message.ts. */
  control: 6,
  /** Relay to client: the requests in so many bytes of the stream have their whole answers (8 bytes). */
  mark: 7,
  /** Payload is 8 bytes that the PONG returns. */
  ping: 16,
  pong: 17,
  /** Payload is the count of numbered bytes received so far (8 bytes). */
  ack: 18,
  /** First message of a resumed tunnel and its answers; payload is JSON. */
  resume: 19,
  resumed: 20,
  resumeRefused: 21,
} as const;
export type FrameType = (typeof frameType)[keyof typeof frameType];

/** First type that isn't numbered. */
export const firstUnnumberedType = 16;

/** Why a stream was reset. */
export const resetCode = {
  cancelled: 1,
  refused: 2,
  tooManyStreams: 3,
  internal: 4,
  /** The session no longer allows what the stream does. */
  forbidden: 5,
  /** The tunnel was lost and could not be resumed. */
  tunnelLost: 6,
} as const;

/** WebSocket close codes of the tunnel (RFC 6455 §7.4.2, private range). */
export const closeCode = {
  normal: 1000,
  protocolError: 4400,
  sessionExpired: 4401,
  sessionRevoked: 4403,
  /** Nothing was received for too long. */
  silent: 4408,
  replaced: 4409,
  /** The relay works with newer clients only. */
  clientTooOld: 4426,
  tooMuch: 4429,
  draining: 4503,
} as const;

/** Largest DATA payload: what is written to a stream within one batch goes as one frame. */
export const maxDataBytes = 262_144;
/** A message is sent once this much is batched, even within one turn. */
export const batchBytes = 262_144;
/**
 * Credit that each stream begins with, in both directions, unless the relay's `maxWindowBytes` is less; it grows while
 * the reader keeps up.
 */
export const initialWindowBytes = 131_072;
/** An acknowledgement is due after this many numbered bytes. */
export const ackEveryBytes = 262_144;
/** A message that is sent anyway carries one after this many. */
export const ackAlongBytes = 16_384;
/** Largest sum of credit (RFC 9113 §6.9.1 has the same bound). */
export const maxCreditBytes = 0x7fff_ffff;

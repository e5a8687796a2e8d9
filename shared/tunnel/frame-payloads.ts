import { ProtocolError, readUint32, readUint53, writeUint32, writeUint53 } from './frame-codec.ts';

// What stands in the payload of each frame type that isn't DATA; `docs/tunnel-protocol.md` is the specification. Readers
// throw ProtocolError for a payload of the wrong length.

const maxControlBytes = 1_048_576;
const maxReasonCharacters = 100;
const maxResetBytes = 302;

/** @throws ProtocolError unless the payload has so many bytes */
export function requireLength(payload: Uint8Array, bytes: number): void {
  if (payload.length !== bytes) throw new ProtocolError(`A frame has ${payload.length} bytes instead of ${bytes}.`);
}

/** Of OPEN. */
export function openPayload(listenerId: number): Uint8Array {
  return new Uint8Array([listenerId >>> 8, listenerId & 0xff]);
}

/** Of OPEN: the listener's id. */
export function readListenerId(payload: Uint8Array): number {
  requireLength(payload, 2);
  return readUint16(payload);
}

/** Of END: one byte when the caller reads on, else nothing. */
export function endPayload(readsOn: boolean): Uint8Array | null {
  return readsOn ? new Uint8Array([1]) : null;
}

/** Of END: whether the caller reads on. */
export function readEnd(payload: Uint8Array): boolean {
  if (payload.length === 0) return false;
  requireLength(payload, 1);
  if (payload[0] !== 1) throw new ProtocolError('An END has a byte other than 1.');
  return true;
}

/** Of PING, PONG, ACK and MARK: a number up to 2^53 − 1. */
export function positionPayload(value: number): Uint8Array {
  const payload = new Uint8Array(8);
  writeUint53(payload, 0, value);
  return payload;
}

/** Of PING, PONG, ACK and MARK. */
export function readPosition(payload: Uint8Array): number {
  requireLength(payload, 8);
  return readUint53(payload, 0);
}

/** Of CREDIT: further bytes that the peer may send. */
export function creditPayload(bytes: number): Uint8Array {
  const payload = new Uint8Array(4);
  writeUint32(payload, 0, bytes);
  return payload;
}

/** Of CREDIT. */
export function readCredit(payload: Uint8Array): number {
  requireLength(payload, 4);
  return readUint32(payload, 0);
}

/** Of RESET; a long reason is cut. */
export function resetPayload(code: number, reason: string): Uint8Array {
  const text = new TextEncoder().encode(reason.slice(0, maxReasonCharacters));
  const payload = new Uint8Array(2 + text.length);
  payload[0] = code >>> 8;
  payload[1] = code & 0xff;
  payload.set(text, 2);
  return payload;
}

/** Of RESET. */
export function readReset(payload: Uint8Array): { readonly code: number; readonly reason: string } {
  if (payload.length < 2 || payload.length > maxResetBytes) {
    throw new ProtocolError(`A RESET has 2 to ${maxResetBytes} bytes.`);
  }
  return { code: readUint16(payload), reason: new TextDecoder().decode(payload.subarray(2)) };
}

/** Of CONTROL, RESUME and its answers. @throws ProtocolError for more than 1,048,576 bytes and what isn't JSON in UTF-8 */
export function parseJson(payload: Uint8Array): unknown {
  if (payload.length > maxControlBytes) throw new ProtocolError(`A control message is over ${maxControlBytes} bytes.`);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch (cause) {
    throw new ProtocolError('A control message isn’t JSON in UTF-8.', { cause });
  }
}

function readUint16(payload: Uint8Array): number {
  return ((payload[0] ?? 0) << 8) | (payload[1] ?? 0);
}

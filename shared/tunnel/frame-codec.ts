import { closeCode, firstUnnumberedType, frameHeaderBytes, frameType } from './protocol.ts';

/** The peer broke the protocol; the tunnel must be closed with `closeCode`, `protocolError` unless given. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly closeCode: number;

  constructor(message: string, options: ErrorOptions & { readonly closeCode?: number } = {}) {
    super(message, options);
    this.closeCode = options.closeCode ?? closeCode.protocolError;
  }
}

/** What a decoder calls for each frame. `payload` is a view into the message, valid as long as the message is kept. */
export type FrameSink = (type: number, streamId: number, payload: Uint8Array) => void;

/** Writes a frame's header at `offset` and returns the offset behind it. */
export function writeFrameHeader(
  target: Uint8Array,
  offset: number,
  type: number,
  streamId: number,
  payloadBytes: number,
): number {
  target[offset] = type;
  target[offset + 1] = 0;
  target[offset + 2] = 0;
  target[offset + 3] = 0;
  writeUint32(target, offset + 4, streamId);
  writeUint32(target, offset + 8, payloadBytes);
  return offset + frameHeaderBytes;
}

/**
 * Splits one WebSocket message into frames, in order, without copying. Nothing is allocated by a frame's claimed
 * length: a frame must lie wholly within the message.
 * @returns how many bytes of the message belong to numbered frames
 * @throws ProtocolError for a truncated frame, set reserved bits or an unknown type
 */
export function decodeFrames(message: Uint8Array, sink: FrameSink): number {
  let offset = 0;
  let numberedBytes = 0;
  const { length } = message;
  while (offset < length) {
    if (length - offset < frameHeaderBytes) {
      throw new ProtocolError(`A frame header is cut off: ${length - offset} of ${frameHeaderBytes} bytes.`);
    }
    const type = message[offset] ?? 0;
    if (message[offset + 1] !== 0 || message[offset + 2] !== 0 || message[offset + 3] !== 0) {
      throw new ProtocolError('Reserved bits of a frame header are set.');
    }
    if (type === 0 || (type > frameType.mark && type < firstUnnumberedType) || type > frameType.resumeRefused) {
      throw new ProtocolError(`There is no frame type ${type}.`);
    }
    const streamId = readUint32(message, offset + 4);
    const payloadBytes = readUint32(message, offset + 8);
    const start = offset + frameHeaderBytes;
    if (payloadBytes > length - start) {
      throw new ProtocolError(`A frame claims ${payloadBytes} bytes, but only ${length - start} follow.`);
    }
    offset = start + payloadBytes;
    if (type < firstUnnumberedType) numberedBytes += frameHeaderBytes + payloadBytes;
    sink(type, streamId, message.subarray(start, offset));
  }
  return numberedBytes;
}

/** Reads 4 bytes, big-endian. */
export function readUint32(source: Uint8Array, offset: number): number {
  return (
    (source[offset] ?? 0) * 0x100_0000 +
    (((source[offset + 1] ?? 0) << 16) | ((source[offset + 2] ?? 0) << 8) | (source[offset + 3] ?? 0))
  );
}

/** Writes 4 bytes, big-endian. */
export function writeUint32(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value >>> 24;
  target[offset + 1] = (value >>> 16) & 0xff;
  target[offset + 2] = (value >>> 8) & 0xff;
  target[offset + 3] = value & 0xff;
}

/** Reads 8 bytes, big-endian. @throws ProtocolError beyond 2^53 − 1 */
export function readUint53(source: Uint8Array, offset: number): number {
  const high = readUint32(source, offset);
  if (high > 0x1f_ffff) throw new ProtocolError('A position is beyond 2^53 − 1.');
  return high * 0x1_0000_0000 + readUint32(source, offset + 4);
}

/** Writes 8 bytes, big-endian. */
export function writeUint53(target: Uint8Array, offset: number, value: number): void {
  writeUint32(target, offset, Math.floor(value / 0x1_0000_0000));
  writeUint32(target, offset + 4, value % 0x1_0000_0000);
}

import { decodeFrames, ProtocolError, writeFrameHeader } from './frame-codec.ts';
import { parseJson } from './frame-payloads.ts';
import { frameHeaderBytes, frameType } from './protocol.ts';

type ResumptionType = typeof frameType.resume | typeof frameType.resumed | typeof frameType.resumeRefused;

/** A message of its own that holds one RESUME, RESUMED or RESUME_REFUSED frame with JSON. */
export function encodeResumption(type: ResumptionType, content: object): Uint8Array {
  const payload = new TextEncoder().encode(JSON.stringify(content));
  const message = new Uint8Array(frameHeaderBytes + payload.length);
  writeFrameHeader(message, 0, type, 0, payload.length);
  message.set(payload, frameHeaderBytes);
  return message;
}

/**
 * Reads the first message of a link. Null when it isn't about resumption, and the tunnel begins anew.
 * @throws ProtocolError when it can't be read
 */
export function decodeResumption(message: Uint8Array): { type: number; content: unknown } | null {
  if ((message[0] ?? 0) < frameType.resume) return null;
  let found: { type: number; content: unknown } | null = null;
  decodeFrames(message, (type, streamId, payload) => {
    if (found !== null) throw new ProtocolError('A frame of resumption is alone in its message.');
    if (streamId !== 0) throw new ProtocolError(`Frame type ${type} belongs to stream 0, not ${streamId}.`);
    found = { type, content: parseJson(payload) };
  });
  return found;
}

import { expect, test } from 'vitest';
import { ProtocolError, writeFrameHeader } from '../../../shared/tunnel/frame-codec.ts';
import { frameHeaderBytes, frameType } from '../../../shared/tunnel/protocol.ts';
import { decodeResumption, encodeResumption } from '../../../shared/tunnel/resumption.ts';

function frame(type: number, streamId: number, text: string): Buffer {
  const bytes = Buffer.alloc(frameHeaderBytes + text.length);
  writeFrameHeader(bytes, 0, type, streamId, text.length);
  bytes.write(text, frameHeaderBytes);
  return bytes;
}

const { resume, resumed, resumeRefused } = frameType;
const ping = frame(frameType.ping, 0, '12345678');

test.for(
  Object.entries({ resume, resumed, resumeRefused }).flatMap(([name, type]) => [
    { name: `${name} on stream 1`, message: frame(type, 1, '{}') },
    { name: `${name} with a PING behind it`, message: Buffer.concat([frame(type, 0, '{}'), ping]) },
    { name: `${name} twice`, message: Buffer.concat([frame(type, 0, '{}'), frame(type, 0, '{}')]) },
    { name: `${name} without JSON`, message: frame(type, 0, '{') },
    { name: `${name} without content`, message: frame(type, 0, '') },
  ]),
)('$name is an error', ({ message }) => {
  expect(() => decodeResumption(message)).toThrow(ProtocolError);
});

test('a frame of resumption alone on stream 0 is read, and another first frame is none', () => {
  expect(decodeResumption(encodeResumption(resume, { token: 't' }))).toEqual({ type: resume, content: { token: 't' } });
  expect(decodeResumption(ping)).toBeNull();
});

import { frameType } from '../../../shared/tunnel/protocol.ts';
import { encodeResumption } from '../../../shared/tunnel/resumption.ts';
import { control, frame, getRequest, hello, host } from '../support/raw-tunnel.ts';
import { pick, type Random } from './seeded-random.ts';

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const uint64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
};

const requests: readonly ((random: Random) => Buffer)[] = [
  () => getRequest('/fuzz'),
  (random) => {
    const body = 'x'.repeat(pick(random, 3000));
    return Buffer.from(`POST /fuzz HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  },
  () => Buffer.from(`POST /fuzz HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`),
  () =>
    Buffer.from(
      `GET /fuzz HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    ),
  () => Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0'),
];

/** What a well-behaved client might say, begun by hello or by a resumption that fails. */
export function validConversation(random: Random): Buffer[] {
  const messages: Buffer[] =
    random() < 0.1 ? [Buffer.from(encodeResumption(frameType.resume, { token: 'x', received: 0 }))] : [];
  messages.push(hello);
  for (let id = 1; id <= 1 + pick(random, 5); id += 1) {
    const request = (requests[pick(random, requests.length)] ?? (() => getRequest()))(random);
    const cut = pick(random, request.length - 1) + 1;
    messages.push(
      Buffer.concat([frame(frameType.open, id, [0, 1]), frame(frameType.data, id, request.subarray(0, cut))]),
    );
    if (cut < request.length) messages.push(frame(frameType.data, id, request.subarray(cut)));
    if (random() < 0.5) messages.push(frame(frameType.credit, id, uint32(1 + pick(random, 100_000))));
    const ending = random();
    if (ending < 0.3) messages.push(frame(frameType.end, id));
    else if (ending < 0.5) messages.push(frame(frameType.reset, id, [0, 1, 0x61]));
  }
  if (random() < 0.5) messages.push(frame(frameType.ping, 0, uint64(pick(random, 1000))));
  if (random() < 0.3) messages.push(frame(frameType.ack, 0, uint64(0)));
  if (random() < 0.3) messages.push(control({ type: 'listeners', listeners: [{ id: 1, hosts: { [host]: 'echo' } }] }));
  if (random() < 0.2) messages.push(control({ type: 'renew', token: 'x.y.z' }));
  return messages;
}

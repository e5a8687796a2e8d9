import { beforeAll, expect, test } from 'vitest';
import { Multiplexer } from '../../shared/tunnel/multiplexer.ts';
import * as protocol from '../../shared/tunnel/protocol.ts';
import { decodeResumption, encodeResumption } from '../../shared/tunnel/resumption.ts';
import type { StreamOwner, TunnelStream } from '../../shared/tunnel/tunnel-stream.ts';
import { readProjectFile } from './read-docs.ts';

const page = readProjectFile('docs/tunnel-protocol.md');

/** The messages of the worked example, in order, with what stands behind the word hex. */
const example = [...page.matchAll(/```hex (?<who>[a-z ]+)\n(?<bytes>[^`]+)```/gu)].map(({ groups }) => ({
  who: groups?.['who'],
  hex: (groups?.['bytes'] ?? '').replaceAll(/\s/gu, ''),
}));

const sent: { who: string; hex: string }[] = [];
let client: Multiplexer;
let relay: Multiplexer;

function side(role: 'client' | 'relay', onOpen?: (stream: TunnelStream) => StreamOwner): Multiplexer {
  const multiplexer = new Multiplexer({
    role,
    schedule: () => undefined,
    maxWindowBytes: 1_048_576,
    maxGrowthBytes: 1_048_576,
    maxStreams: 10,
    maxChannelBytes: 1_048_576,
    maxRetainedBytes: 1_048_576,
    ...(onOpen === undefined ? {} : { onOpen }),
    onControl: () => undefined,
    onPong: () => undefined,
  });
  const other = (): Multiplexer => (role === 'client' ? relay : client);
  multiplexer.attach({
    send(message) {
      sent.push({ who: role, hex: Buffer.from(message).toString('hex') });
      other().receive(message);
    },
    bufferedAmount: 0,
  });
  return multiplexer;
}

beforeAll(() => {
  const owner: StreamOwner = { onData() {}, onEnd() {}, onReset() {}, onDrain() {} };
  let atRelay: TunnelStream | undefined;
  client = side('client');
  relay = side('relay', (stream) => {
    atRelay = stream;
    return owner;
  });
  client.sendControl({
    type: 'hello',
    device: { name: 'pc', system: 'linux', appVersion: '1.0' },
    listeners: [{ id: 1, hosts: { '127.0.0.1:7101': 'orders' } }],
  });
  client.flush();
  const stream = client.open(1, owner);
  const request = Buffer.from('GET /a HTTP/1.1\r\nHost: 127.0.0.1:7101\r\n\r\n');
  stream.write(request);
  client.flush();
  atRelay?.write(Buffer.from('HTTP/1.1 204 No Content\r\n\r\n'));
  atRelay?.mark(request.length);
  relay.acknowledge();
  relay.flush();
  client.ping(1_700_000_000_000);
  relay.flush();
  stream.end();
  client.flush();
});

test('the worked example is what two ends of the protocol say to each other, byte for byte', () => {
  const [resume, resumed] = [
    encodeResumption(protocol.frameType.resume, { token: 't1', received: client.received }),
    encodeResumption(protocol.frameType.resumed, {
      token: 't2',
      received: relay.received,
      expiresAtMs: 1_700_000_900_000,
    }),
  ].map((message) => Buffer.from(message).toString('hex'));
  for (const stream of relay.streams()) stream.end();
  relay.flush();
  expect(example).toEqual([
    ...sent,
    { who: 'client resumption', hex: resume },
    { who: 'relay resumption', hex: resumed },
  ]);
});

test('the resumption of the example can be read', () => {
  const messages = example.slice(-2).map(({ hex }) => decodeResumption(Buffer.from(hex, 'hex')));
  expect(messages).toEqual([
    { type: 19, content: { token: 't1', received: 59 } },
    { type: 20, content: { token: 't2', received: 225, expiresAtMs: 1_700_000_900_000 } },
  ]);
});

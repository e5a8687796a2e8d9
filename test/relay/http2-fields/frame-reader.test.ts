import fc from 'fast-check';
import { once } from 'node:events';
import { type ClientSessionOptions, connect, createServer, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { FieldDecoder } from '../../../relay/http2-fields/field-decoder.ts';
import { FrameReader, FramingError } from '../../../relay/http2-fields/frame-reader.ts';
import { judgeAnswerField, judgeRequestField } from '../../../relay/http2-fields/judge-field.ts';
import { MalformedStreams } from '../../../relay/http2-fields/malformed-streams.ts';
import { headersFrame, hpackHeader, http2Frame, http2Type, uint32 } from '../../tunnel/support/raw-http2.ts';

const endHeaders = 4;
const padded = 8;
const priority = 32;
const { headers, continuation, data } = http2Type;
const pushPromise = 5;
const letters = (length: number): Buffer => Buffer.alloc(length, 'abcdefghij');

function read(bytes: Buffer, cuts: readonly number[] = [], prefaceBytes = 0): string[] {
  const blocks: string[] = [];
  const reader = new FrameReader(prefaceBytes, (id, block) => blocks.push(`${id} ${block.toString('latin1')}`));
  let at = 0;
  for (const cut of [...cuts, bytes.length]) {
    reader.read(bytes.subarray(at, cut));
    at = cut;
  }
  expect(reader.keptBytes).toBe(0);
  return blocks;
}

describe('broken framing', () => {
  it.each([
    ['a frame larger than offered', http2Frame(data, 0, 1, letters(16_385))],
    ['CONTINUATION without a head', http2Frame(continuation, endHeaders, 1, letters(3))],
    [
      'another frame inside of a head',
      Buffer.concat([http2Frame(headers, 0, 1, letters(3)), http2Frame(data, 0, 1, letters(3))]),
    ],
    [
      'a second head inside of a head',
      Buffer.concat([http2Frame(headers, 0, 1, letters(3)), http2Frame(headers, endHeaders, 1, letters(3))]),
    ],
    [
      'CONTINUATION of another stream',
      Buffer.concat([http2Frame(headers, 0, 1, letters(3)), http2Frame(continuation, endHeaders, 3, letters(3))]),
    ],
    ['padding longer than the frame', http2Frame(headers, endHeaders | padded, 1, Buffer.from([3, 97]))],
    ['a priority that isn’t there', http2Frame(headers, endHeaders | priority, 1, Buffer.from([0, 0]))],
    [
      'a head of very many frames',
      Buffer.concat([
        http2Frame(headers, 0, 1),
        ...Array.from({ length: 20 }, () => http2Frame(continuation, 0, 1, letters(16_384))),
      ]),
    ],
  ])('%s is refused', (_what, bytes) => {
    expect(() => read(bytes)).toThrow(FramingError);
  });
});

it('finds blocks wherever chunks are cut', () => {
  const bytes = Buffer.concat([
    letters(24),
    http2Frame(http2Type.settings, 0, 0, letters(6)),
    http2Frame(headers, endHeaders, 1, Buffer.from('plain')),
    http2Frame(data, padded, 1, letters(50)),
    http2Frame(headers, endHeaders | padded | priority, 3, Buffer.from('\x02pppppboth\0\0')),
    http2Frame(headers, 0, 5, Buffer.from('first')),
    http2Frame(continuation, 0, 5),
    http2Frame(continuation, endHeaders, 5, Buffer.from(' second')),
    http2Frame(pushPromise, endHeaders | padded, 7, Buffer.from('\x01iiiipushed\0')),
    http2Frame(200, 255, 9, letters(20)),
    http2Frame(data, 0, 1),
    http2Frame(headers, endHeaders, 9, Buffer.from('last')),
  ]);
  const blocks = ['1 plain', '3 both', '5 first second', '7 pushed', '9 last'];
  for (let cut = 0; cut <= bytes.length; cut += 1) expect(read(bytes, [cut], 24)).toEqual(blocks);
  expect(
    read(
      bytes,
      Array.from({ length: bytes.length }, (_, index) => index),
      24,
    ),
  ).toEqual(blocks);
});

it('keeps no more than the head that is under way', () => {
  const reader = new FrameReader(0, () => undefined);
  reader.read(Buffer.concat([http2Frame(data, 0, 1, letters(9000)), http2Frame(headers, 0, 1, letters(100))]));
  expect(reader.keptBytes).toBe(100);
  reader.read(http2Frame(continuation, endHeaders, 1, letters(100)).subarray(0, 50));
  expect(reader.keptBytes).toBe(150);
});

describe('malformed streams', () => {
  const bad = hpackHeader('x-a', 'a\nb');

  it('of a caller are not noted without end', () => {
    const streams = new MalformedStreams('caller');
    streams.read(letters(24));
    expect(() => {
      for (let id = 1; id < 20_000; id += 2) streams.read(headersFrame(id, bad));
    }).toThrow(/Too many/);
  });

  it('of an upstream push out the oldest', () => {
    const streams = new MalformedStreams('upstream');
    for (let id = 1; id < 20_000; id += 2) streams.read(headersFrame(id, bad));
    expect(streams.faultOf(1)).toBeNull();
    expect(streams.faultOf(19_999)).toContain('x-a');
    streams.forget(19_999);
    expect(streams.faultOf(19_999)).toBeNull();
  });

  it('are noted by the stream of the head, trailers included', () => {
    const told: string[] = [];
    const streams = new MalformedStreams('upstream', (id, fault) => told.push(`${id} ${fault}`));
    streams.read(Buffer.concat([headersFrame(1, hpackHeader('x', 'y'), false), http2Frame(data, 0, 1, uint32(1))]));
    expect(streams.faultOf(1)).toBeNull();
    streams.read(headersFrame(1, bad));
    expect(told).toEqual([expect.stringMatching(/^1 .*x-a/)]);
  });
});

const token = fc.stringMatching(/^[a-z0-9!#$%&'*+.^_`|~-]{1,20}$/);
const value = fc.oneof(
  fc.stringMatching(
    /^([\u0021-\u007e\u0080-\u00ff]([\t\u0020-\u007e\u0080-\u00ff]{0,60}[\u0021-\u007e\u0080-\u00ff])?)?$/,
  ),
  // Long enough that what is rare is coded, too.
  fc.integer({ min: 0xa0, max: 0xff }).map((code) => `${'a'.repeat(40)}${String.fromCharCode(code)}a`),
  fc.constantFrom('gzip, deflate', 'x'.repeat(300), 'é'.repeat(200), ''),
);
const forConnections =
  /^(connection|keep-alive|proxy-connection|transfer-encoding|upgrade|te|host|http2-settings|content-length|expect|cookie|date|trailer)$/;

/** Calls back with what passes between both, cut anew as `cut` says. */
async function startTap(target: number, onBytes: (from: 'caller' | 'upstream', bytes: Buffer) => void) {
  const tap = createTcpServer((caller) => {
    const upstream = connectTcp(target, '127.0.0.1');
    caller.on('data', (bytes: Buffer) => (onBytes('caller', bytes), upstream.write(bytes)));
    upstream.on('data', (bytes: Buffer) => (onBytes('upstream', bytes), caller.write(bytes)));
    caller.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
    upstream.on('error', () => caller.destroy()).on('close', () => caller.destroy());
  });
  tap.listen(0, '127.0.0.1');
  await once(tap, 'listening');
  return { port: (tap.address() as AddressInfo).port, close: () => tap.close() };
}

it('reads what node:http2 writes, in both directions, with all of the table and of the Huffman code', async () => {
  const seen = { caller: [] as string[][], upstream: [] as string[][] };
  const readerOf = (from: 'caller' | 'upstream'): FrameReader => {
    const decoder = new FieldDecoder(from === 'caller' ? judgeRequestField : judgeAnswerField);
    return new FrameReader(from === 'caller' ? 24 : 0, (_id, block) => {
      const fields: string[] = [];
      decoder.read(block, (field) => {
        expect(field.fault).toBeNull();
        fields.push(field.name, field.value);
      });
      seen[from].push(fields);
    });
  };
  const readers = { caller: readerOf('caller'), upstream: readerOf('upstream') };
  const server = createServer({ strictSingleValueFields: false, maxHeaderListPairs: 1000 });
  server.on('stream', (stream: ServerHttp2Stream, _headers, _flags, raw: string[]) => {
    const answer = raw.filter((_, index) => !(raw[index - (index % 2)] ?? '').startsWith(':'));
    stream.respond([':status', '200', ...answer], { endStream: true });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  let odd = 1;
  const tap = await startTap((server.address() as AddressInfo).port, (from, bytes) => {
    for (let at = 0; at < bytes.length;) {
      odd = (odd * 48_271) % 0x7fffffff;
      const end = Math.min(bytes.length, at + 1 + (odd % 700));
      readers[from].read(bytes.subarray(at, end));
      at = end;
    }
  });
  // Node’s types lack it.
  const options: ClientSessionOptions & { strictSingleValueFields: boolean } = { strictSingleValueFields: false };
  const session = connect(`http://127.0.0.1:${tap.port}`, options);
  const pool = fc.sample(token, { numRuns: 60, seed: 7 }).filter((name) => !forConnections.test(name));
  const lists = fc.sample(fc.array(fc.tuple(fc.oneof(fc.constantFrom(...pool), token), value), { maxLength: 25 }), {
    numRuns: 3000,
    seed: 11,
  });
  const start = [':method', 'GET', ':path', '/', ':scheme', 'http', ':authority', 'a.example'];
  const asked: string[][] = [];
  for (let at = 0; at < lists.length; at += 50) {
    await Promise.all(
      lists.slice(at, at + 50).map(async (list) => {
        const fields = list.filter(([name]) => !forConnections.test(name)).flat();
        asked.push(fields);
        const stream = session.request([...start, ...fields], { endStream: true });
        stream.resume();
        await once(stream, 'close');
      }),
    );
  }
  session.destroy();
  tap.close();
  server.close();
  expect(seen.caller).toHaveLength(lists.length);
  const sorted = (all: readonly string[][]): string[] => all.map((fields) => JSON.stringify(fields)).toSorted();
  expect(sorted(seen.caller.map((fields) => fields.slice(8)))).toEqual(sorted(asked));
  const received = seen.upstream.map((fields) => fields.slice(2, -2));
  expect(received.every((_, index) => seen.upstream[index]?.at(-2) === 'date')).toBe(true);
  expect(sorted(received)).toEqual(sorted(asked));
});

import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configJsonSchema, type JsonSchema, schemaAt } from '../../relay/config/json-schema.ts';
import {
  clientControlSchema,
  relayControlSchema,
  resumedSchema,
  resumeRefusedSchema,
  resumeSchema,
} from '../../shared/tunnel/control-message.ts';
import { writeFrameHeader } from '../../shared/tunnel/frame-codec.ts';
import { Multiplexer } from '../../shared/tunnel/multiplexer.ts';
import * as protocol from '../../shared/tunnel/protocol.ts';
import type { StreamOwner } from '../../shared/tunnel/tunnel-stream.ts';
import { codesIn, readProjectFile, sectionOf, tableIn } from './read-docs.ts';

const page = readProjectFile('docs/tunnel-protocol.md');
const owner: StreamOwner = { onData() {}, onEnd() {}, onReset() {}, onDrain() {} };

const upperCase = (name: string): string => name.replaceAll(/[A-Z]/gu, (letter) => `_${letter}`).toUpperCase();

describe('the table of frames', () => {
  const rows = tableIn(sectionOf(page, '| type | name | stream'));

  it('has each type with its number, and no other', () => {
    expect(rows.map(({ type, name }) => [name, Number(type)])).toEqual(
      Object.entries(protocol.frameType).map(([name, type]) => [upperCase(name), type]),
    );
  });

  /** A payload that each type takes, on a stream of which a byte has come and gone. */
  const payloads: Readonly<Record<string, readonly number[]>> = {
    OPEN: [0, 1],
    DATA: [1],
    RESET: [0, 1],
    CREDIT: [0, 0, 0, 1],
    CONTROL: [...Buffer.from('{}')],
    MARK: [0, 0, 0, 0, 0, 0, 0, 0],
    PING: [0, 0, 0, 0, 0, 0, 0, 1],
    PONG: [0, 0, 0, 0, 0, 0, 0, 1],
    ACK: [0, 0, 0, 0, 0, 0, 0, 0],
  };

  function message(type: number, streamId: number, payload: readonly number[]): Uint8Array {
    const bytes = new Uint8Array(protocol.frameHeaderBytes + payload.length);
    writeFrameHeader(bytes, 0, type, streamId, payload.length);
    bytes.set(payload, protocol.frameHeaderBytes);
    return bytes;
  }

  /** Whether a side that has stream 1 open takes a frame from its peer. */
  function isTaken(by: 'client' | 'relay', type: number, streamId: number, payload: readonly number[]): boolean {
    const side = new Multiplexer({
      role: by,
      schedule: () => undefined,
      maxWindowBytes: 1_048_576,
      maxGrowthBytes: 1_048_576,
      maxStreams: 10,
      maxChannelBytes: 1_048_576,
      maxRetainedBytes: 1_048_576,
      ...(by === 'relay' ? { onOpen: () => owner } : {}),
      onControl: () => undefined,
      onPong: () => undefined,
    });
    side.attach({ send: () => undefined, bufferedAmount: 0 });
    if (by === 'client') side.open(1, owner);
    else side.receive(message(protocol.frameType.open, 1, [0, 1]));
    try {
      side.receive(message(type, streamId, payload));
      return true;
    } catch {
      return false;
    }
  }

  // What belongs to resumption comes before there is a session.
  it.each(rows.filter(({ type }) => Number(type) < protocol.frameType.resume))(
    'says of $name whose streams it is for and who may send it',
    ({ type, name = '', stream, from }) => {
      const own = name === 'OPEN' ? 2 : 1;
      const payload = payloads[name] ?? [];
      const on = (streamId: number): string =>
        (['client', 'relay'] as const).filter((by) => isTaken(by, Number(type), streamId, payload)).join();
      const receivers = { client: 'relay', relay: 'client', both: 'client,relay' }[from ?? ''];
      expect([on(own), on(0)]).toEqual(stream === '0' ? ['', receivers] : [receivers, '']);
    },
  );

  it.each(rows.filter(({ type }) => Number(type) >= protocol.frameType.resume))(
    '$name is no frame of a session',
    ({ type }) => {
      for (const by of ['client', 'relay'] as const) expect(isTaken(by, Number(type), 0, [0x7b, 0x7d])).toBe(false);
    },
  );
});

describe('the tables of codes', () => {
  it('have each reset code with its name, and no other', () => {
    const rows = tableIn(sectionOf(page, '| reset code'));
    expect(rows.map((row) => row['reset code'])).toEqual(
      Object.entries(protocol.resetCode).map(([name, code]) => `${code} ${name}`),
    );
  });

  it('have each close code, and no other of the range for applications', () => {
    const codes = tableIn(sectionOf(page, '## Errors and close codes')).map(({ code }) => Number(code));
    const own = Object.values(protocol.closeCode);
    expect(codes.filter((code) => code >= 4000)).toEqual(own.filter((code) => code >= 4000));
    expect(codes).toEqual(expect.arrayContaining(own));
  });
});

type Schema = z.core.JSONSchema.JSONSchema;

/** The schema of one member. */
function memberOf({ properties = {} }: Schema, name: string): Schema {
  const member = properties[name];
  if (typeof member !== 'object') throw new Error(`There is no ${name}`);
  return member;
}

/** The members of an object, and those of the objects in it that the page describes beside them. */
function membersOf(schema: Schema): { readonly own: readonly string[]; readonly inside: readonly string[] } {
  const properties = Object.entries(schema.properties ?? {}).filter(([name]) => name !== 'type');
  const inside = properties.flatMap(([, inner]) => {
    if (typeof inner === 'boolean') return [];
    const entries = typeof inner.additionalProperties === 'object' ? inner.additionalProperties : inner;
    return Object.keys(entries.properties ?? {});
  });
  return { own: properties.map(([name]) => name), inside };
}

describe.each([
  ['From client to relay:', clientControlSchema],
  ['From relay to client:', relayControlSchema],
])('the table of messages: %s', (heading, schema) => {
  const rows = tableIn(sectionOf(page, heading));
  const messages = schema.options.map((option) => z.toJSONSchema(option, { io: 'input' }));
  const nameOf = (message: Schema): unknown => memberOf(message, 'type').const;

  it('has each message, and no other', () => {
    expect(rows.map(({ type = '' }) => codesIn(type).join())).toEqual(messages.map(nameOf));
  });

  it.each(messages.map((message, index) => ({ name: nameOf(message), message, row: rows[index] })))(
    'names each member of $name, and no other',
    ({ message, row }) => {
      const { own, inside } = membersOf(message);
      const told = codesIn(row?.['members'] ?? '');
      expect(told).toEqual(expect.arrayContaining([...own]));
      expect(told.filter((name) => !own.includes(name) && !inside.includes(name))).toEqual([]);
    },
  );
});

it('the reasons of goaway are those of the code', () => {
  const [paragraph = ''] = sectionOf(page, 'Reasons of `goaway`').split('\n\n');
  const goaway = z.toJSONSchema(relayControlSchema.options.at(-1) ?? z.never());
  const reasons = memberOf(goaway, 'reason').enum;
  expect(codesIn(paragraph).filter((code) => code !== 'goaway' && code !== 'welcome')).toEqual(reasons);
});

it.each([
  ['RESUME', resumeSchema],
  ['RESUMED', resumedSchema],
  ['RESUME_REFUSED', resumeRefusedSchema],
])('the members of %s are those of the code', (name, schema) => {
  const [, members = ''] = new RegExp(`\\b${name} \`\\{ ([^}]*) \\}\``, 'u').exec(page) ?? [];
  expect([...members.matchAll(/"(\w+)"/gu)].map(([, member]) => member)).toEqual(Object.keys(schema.shape));
});

describe('the numbers of the page', () => {
  it('are those of the code', () => {
    const { maxDataBytes, batchBytes, initialWindowBytes, ackEveryBytes, ackAlongBytes } = protocol;
    for (const bytes of [maxDataBytes, batchBytes, initialWindowBytes, ackEveryBytes, ackAlongBytes]) {
      expect(page).toContain(bytes.toLocaleString('en'));
    }
    expect(page).toContain(protocol.tunnelProtocol);
    expect(page).toContain(`Types from ${protocol.firstUnnumberedType} are not`);
  });

  const limits = tableIn(sectionOf(page, '## Limits')).flatMap((row) =>
    codesIn(row['key in limits'] ?? '').map((key) => ({ key, value: row['value'] ?? '' })),
  );

  it.each(limits)('are the defaults of the config: $key', ({ key, value }) => {
    const schema = schemaAt(configJsonSchema(), ['limits', key]) as JsonSchema & { readonly default?: number };
    expect(schema).toBeDefined();
    // One depends on the machine.
    if (schema.default !== undefined) expect(value).toContain(schema.default.toLocaleString('en'));
  });
});

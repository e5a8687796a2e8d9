import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../../shared/tunnel/frame-codec.ts';
import {
  creditPayload,
  openPayload,
  parseJson,
  positionPayload,
  readCredit,
  readListenerId,
  readPosition,
  readReset,
  resetPayload,
} from '../../../shared/tunnel/frame-payloads.ts';

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const hexOf = (payload: Uint8Array): string => Buffer.from(payload).toString('hex');

describe('payloads', () => {
  it.each<[what: string, payload: Uint8Array, hex: string]>([
    ['listener 1', openPayload(1), '0001'],
    ['listener 258', openPayload(258), '0102'],
    ['the last listener', openPayload(65_535), 'ffff'],
    ['credit', creditPayload(0x01020304), '01020304'],
    ['the largest credit', creditPayload(0x7fffffff), '7fffffff'],
    ['position 0', positionPayload(0), '0000000000000000'],
    ['a position', positionPayload(0x0102030405), '0000000102030405'],
    ['the last position', positionPayload(Number.MAX_SAFE_INTEGER), '001fffffffffffff'],
    ['a reset', resetPayload(3, 'é'), '0003c3a9'],
    ['a reset without words', resetPayload(0x0102, ''), '0102'],
  ])('of %s are written and read', (what, payload, hex) => {
    expect(hexOf(payload)).toBe(hex);
    if (what.includes('listener')) expect(hexOf(openPayload(readListenerId(payload)))).toBe(hex);
    if (what.includes('credit')) expect(hexOf(creditPayload(readCredit(payload)))).toBe(hex);
    if (what.includes('position')) expect(hexOf(positionPayload(readPosition(payload)))).toBe(hex);
    if (what.includes('reset')) {
      const { code, reason } = readReset(payload);
      expect(hexOf(resetPayload(code, reason))).toBe(hex);
    }
  });

  it('of a reset hold the first hundred characters, and are read up to 302 bytes', () => {
    const long = `a${'b'.repeat(98)}cd`;
    expect(readReset(resetPayload(1, long))).toEqual({ code: 1, reason: long.slice(0, 100) });
    const widest = '€'.repeat(100);
    expect(resetPayload(1, widest)).toHaveLength(302);
    expect(readReset(resetPayload(1, widest)).reason).toBe(widest);
  });

  it.each<[what: string, read: () => unknown]>([
    ['OPEN with a byte', () => readListenerId(bytes('01'))],
    ['OPEN with three bytes', () => readListenerId(bytes('000100'))],
    ['CREDIT with three bytes', () => readCredit(bytes('000001'))],
    ['CREDIT with five bytes', () => readCredit(bytes('0000000001'))],
    ['ACK with seven bytes', () => readPosition(bytes('00000000000001'))],
    ['ACK with nine bytes', () => readPosition(bytes('000000000000000001'))],
    ['ACK beyond what a number holds', () => readPosition(bytes('0020000000000000'))],
    ['RESET without a code', () => readReset(bytes('01'))],
    ['RESET with 303 bytes', () => readReset(new Uint8Array(303))],
    ['CONTROL that isn’t JSON', () => parseJson(Buffer.from('{'))],
    ['CONTROL of nothing', () => parseJson(new Uint8Array())],
    ['CONTROL that isn’t UTF-8', () => parseJson(bytes('22ff22'))],
    ['CONTROL above 1 MiB', () => parseJson(Buffer.from(`"${'x'.repeat(1_048_575)}"`))],
  ])('are refused: %s', (_what, read) => {
    expect(read).toThrow(ProtocolError);
  });

  it('of CONTROL are read up to 1 MiB', () => {
    expect(parseJson(Buffer.from(`"${'x'.repeat(1_048_574)}"`))).toHaveLength(1_048_574);
  });
});

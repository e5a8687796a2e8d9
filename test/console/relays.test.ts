import { describe, expect, test } from 'vitest';
import {
  othersTakePeople,
  processName,
  processStanding,
  relayStanding,
} from '../../console/pages/relays/relay-words.ts';

const sound = { silent: false, auditHealthy: true, ready: true, draining: false, problems: [] };

describe('how a relay is, in a word', () => {
  test.each([
    [{}, 'ready', 'ok'],
    [{ problems: ['x'] }, 'with problems', 'warning'],
    [{ ready: false }, 'not ready', 'bad'],
    // Draining makes it not ready: what an operator has asked for is no fault.
    [{ ready: false, draining: true }, 'draining', 'warning'],
    [{ ready: false, draining: true, auditHealthy: false }, 'no audit', 'bad'],
    // What a silent one said last may not be so any more.
    [{ silent: true }, 'silent', 'bad'],
  ])('%o is %s', (differs, words, tone) => {
    expect(relayStanding({ ...sound, ...differs })).toEqual({ words, tone });
  });
});

test('a process is the relay’s own, or one of its workers', () => {
  expect([processName({ worker: null }), processName({ worker: 2 })]).toEqual(['relay', 'worker 2']);
});

test('a worker can be drained alone while another one takes people', () => {
  const of = (...drained: boolean[]) => ({
    draining: false,
    processes: [
      { worker: null, draining: false },
      ...drained.map((draining, index) => ({ worker: index + 1, draining })),
    ] as never,
  });
  expect(othersTakePeople(of(false, false), { worker: 1 })).toBe(true);
  expect(othersTakePeople(of(false, true), { worker: 1 })).toBe(false);
  expect(othersTakePeople(of(), { worker: null })).toBe(false);
  expect(othersTakePeople({ ...of(false, false), draining: true }, { worker: 1 })).toBe(false);
  expect([processStanding({ draining: true }), processStanding({ draining: false })]).toEqual(['draining', 'serving']);
});

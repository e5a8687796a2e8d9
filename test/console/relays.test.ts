import { describe, expect, test } from 'vitest';
import { rowsOf } from '../../console/pages/relays/relay-rows.ts';
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
    // Nobody waits for one that has ended in order.
    [{ silent: true, stopped: true, ready: false }, 'stopped', 'quiet'],
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
});

test('each place of a process has a row, also a worker that is down and one that has yet to say how it is', () => {
  const process = (worker: number | null) => ({ worker, draining: worker === 1 }) as never;
  const down = { worker: 2, sinceMs: 5, ends: 3, how: 'ended by SIGKILL', draining: true };
  const rows = rowsOf({ processes: [process(null), process(1)], workers: [1, 2, 3], downWorkers: [down] });
  expect(rows.map((row) => [processName(row), processStanding(row)])).toEqual([
    ['relay', { words: 'serving', tone: null }],
    ['worker 1', { words: 'draining', tone: 'warning' }],
    ['worker 2', { words: 'down', tone: 'bad' }],
    ['worker 3', { words: 'starting', tone: 'warning' }],
  ]);
  // A relay of before says of none that it is down.
  expect(rowsOf({ processes: [process(null)] })).toHaveLength(1);
});

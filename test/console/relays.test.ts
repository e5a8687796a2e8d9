import { describe, expect, test } from 'vitest';
import { processName, relayStanding } from '../../console/pages/relays/relay-words.ts';

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

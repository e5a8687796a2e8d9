import { expect, test } from 'vitest';
import { readWaitMs } from '../../../client/tunnel/wait-setting.ts';

test.each(['soon', '-1', '601', '1e9', 'Infinity', '0x10', '1,5'])('a wait of “%s” is refused by name', (text) => {
  expect(() => readWaitMs({ CAUSEWAY_WAIT_SECONDS: text })).toThrow('CAUSEWAY_WAIT_SECONDS must be');
});

test('a wait is read in seconds; nothing said is nothing read', () => {
  expect(readWaitMs({ CAUSEWAY_WAIT_SECONDS: '2.5' })).toBe(2500);
  expect(readWaitMs({ CAUSEWAY_WAIT_SECONDS: ' 0 ' })).toBe(0);
  expect(readWaitMs({ CAUSEWAY_WAIT_SECONDS: ' ' })).toBeUndefined();
  expect(readWaitMs({})).toBeUndefined();
});

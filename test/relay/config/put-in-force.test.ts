import { pino } from 'pino';
import { expect, it } from 'vitest';
import { putInForce } from '../../../relay/config/put-in-force.ts';

const log = pino({ level: 'silent' });

/** Three parts, one of which refuses some configs; and what each has. */
function partsWith(refuses: (part: number, config: string) => boolean) {
  const has = ['old', 'old', 'old'];
  const parts = has.map((_, part) => (config: string) => {
    // Halfway, as one that fails does.
    has[part] = config;
    if (refuses(part, config)) throw new Error(`${part} refuses ${config}`);
  });
  return { has, parts };
}

it('is in force at each part', () => {
  const { has, parts } = partsWith(() => false);
  putInForce(parts, { before: 'old', next: 'new', log });
  expect(has).toEqual(['new', 'new', 'new']);
});

it.each([0, 1, 2])('is in force nowhere when part %i refuses it', (refusing) => {
  const { has, parts } = partsWith((part, config) => part === refusing && config === 'new');
  expect(() => putInForce(parts, { before: 'old', next: 'new', log })).toThrow(`${refusing} refuses new`);
  expect(has).toEqual(['old', 'old', 'old']);
});

it('the others go back when one of them can’t', () => {
  const { has, parts } = partsWith((part, config) => part === 2 || (part === 0 && config === 'old'));
  expect(() => putInForce(parts, { before: 'old', next: 'new', log })).toThrow('2 refuses new');
  expect(has).toEqual(['old', 'old', 'old']);
});

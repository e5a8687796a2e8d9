import { expect, test } from 'vitest';
import type { Figure } from '../../bench/figure.ts';
import { aimsReached } from '../../bench/measure/main-path-aims.ts';

function figure(benchCase: string, system: string, measured: Partial<Figure>): Figure {
  return { bench: 'main-path', case: benchCase, system, ...measured };
}

const chisel = figure('small-json-c32', 'chisel', { requestsPerSecond: 1000, cpuMsPerRequest: 0.1, p99Ms: 5 });

test.each([
  ['nothing is said of what wasn’t measured', [chisel], []],
  ['nor where the other has no figure', [figure('download-1gb', 'causeway', { bytesPerSecond: 1 })], []],
  [
    'less than is aimed at isn’t reached, in either direction',
    [chisel, figure('small-json-c32', 'causeway', { requestsPerSecond: 990, cpuMsPerRequest: 0.12 })],
    [
      'requests/s, 32 connections: 0.99 of chisel (at least 1), not reached',
      'processor time a request, 32 connections: 1.20 of chisel (at most 1), not reached',
    ],
  ],
  [
    'as much as is aimed at is reached',
    [chisel, figure('small-json-c32', 'causeway', { requestsPerSecond: 1000, cpuMsPerRequest: 0.1 })],
    [
      'requests/s, 32 connections: 1.00 of chisel (at least 1), reached',
      'processor time a request, 32 connections: 1.00 of chisel (at most 1), reached',
    ],
  ],
])('%s', (_name, figures, lines) => {
  expect(aimsReached(figures)).toEqual(lines);
});

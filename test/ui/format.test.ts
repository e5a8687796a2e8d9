import { expect, test } from 'vitest';
import { inLocale } from '../../shared/messages/language.ts';
import {
  formatBytes,
  formatCount,
  formatCountdown,
  formatDuration,
  formatLength,
  formatRate,
  formatRelative,
  formatSpan,
  joinNames,
} from '../../ui/model/format.ts';
import { initialsOf, tileOf } from '../../ui/model/tile.ts';

test.each([
  [-5, '0 s'],
  [8000, '8 s'],
  [90_000, '2 min'],
  [2 * 3_600_000, '2 h'],
  [72 * 3_600_000, '3 d'],
])('%d ms last %s', (ms, text) => {
  expect(formatSpan(ms)).toBe(text);
});

test('German declines what lasts otherwise than what is away', () => {
  const days = 72 * 3_600_000;
  expect(inLocale('de', () => [formatLength(days), formatRelative(0, days)])).toEqual(['3 Tage', 'vor 3 Tagen']);
});

test('times are relative to now, both ways', () => {
  expect(formatRelative(1000, 2000)).toBe('just now');
  expect(formatRelative(0, 300_000)).toBe('5 min ago');
  expect(formatRelative(1_440_000, 0)).toBe('in 24 min');
});

test('a countdown never goes below zero', () => {
  expect(formatCountdown(249_000)).toBe('4:09');
  expect(formatCountdown(-1)).toBe('0:00');
});

test.each([
  [0.4, '<1 ms'],
  [8.4, '8 ms'],
  [1234, '1.2 s'],
  [180_000, '3 min'],
])('a request of %d ms took %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [999_999, '1.0 MB'],
  [104_857_600, '104.9 MB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('rates have at most one decimal, and none at all is null', () => {
  expect(formatRate(0.42)).toBe('0.4 req/s');
  expect(formatRate(12.4)).toBe('12 req/s');
  expect(formatRate(1834.5)).toBe('1,835 req/s');
  expect(formatRate(0)).toBeNull();
});

test('counts agree with their noun', () => {
  expect(formatCount(1, 'request', 'requests')).toBe('1 request');
  expect(formatCount(1200, 'request', 'requests')).toBe('1,200 requests');
});

test('names are joined as in a sentence', () => {
  expect(joinNames([], 'or')).toBe('');
  expect(joinNames(['sre', 'warehouse', 'ops'], 'or')).toBe('sre, warehouse or ops');
});

test('a tile keeps its colour and shows the first letter or digit', () => {
  expect(tileOf('orders', '“orders”').letter).toBe('O');
  expect(tileOf('orders', 'Orders').colour).toBe(tileOf('orders', 'Renamed').colour);
  expect(initialsOf('Alice van Moreau')).toBe('AM');
  expect(initialsOf('alice')).toBe('A');
});

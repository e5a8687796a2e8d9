import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countAttempts } from '../../../relay/break-glass/attempts.ts';
import { type BreakGlassStore, openBreakGlassStore } from '../../../relay/break-glass/break-glass-store.ts';
import {
  type ApproveFlow,
  beginFlow,
  flowLifetimeMs,
  flowOf,
  keepProved,
  type PageParts,
  sealFlow,
} from '../../../relay/break-glass/flow.ts';
import { networkOf } from '../../../relay/config/values/address-network.ts';
import { recordSeldom } from '../../../relay/audit/record-seldom.ts';
import { createSeal } from '../../../relay/shared-state/seal.ts';

const dir = mkdtempSync(join(tmpdir(), 'causeway-flow-'));
let nowMs = 1_000_000;
const now = (): number => nowMs;
let store: BreakGlassStore;
let parts: PageParts;
beforeAll(() => {
  store = openBreakGlassStore(dir, now);
  parts = { pageSeal: createSeal(randomBytes(32)), store, origin: 'https://relay.example', now };
});
afterAll(() => {
  store.close();
  rmSync(dir, { recursive: true, force: true });
});

const request = (cookie = ''): IncomingMessage => ({ headers: { cookie } }) as IncomingMessage;
const open = () => {
  const blank = { type: 'approve', challenge: null, decides: null } as const;
  const { headers, ...found } = beginFlow<ApproveFlow>(parts, request(), '192.0.2.1', blank);
  return { found, page: sealFlow(parts, found), browser: request(headers['Set-Cookie']?.split(';')[0]) };
};

describe('a page whose flow nobody has proved', () => {
  it('is of its browser, until its time is over', () => {
    const { found, page, browser } = open();
    expect(flowOf(parts, browser, page, 'approve')).toEqual(found);
    expect(() => flowOf(parts, request(), page, 'approve')).toThrow('another browser');
    nowMs += flowLifetimeMs;
    expect(() => flowOf(parts, browser, page, 'approve')).toThrow('too old');
  });

  it.each<[what: string, change: (page: string) => string]>([
    ['altered', (page) => `${page.slice(0, 60)}${page[60] === 'A' ? 'B' : 'A'}${page.slice(61)}`],
    ['cut short', (page) => page.slice(0, -4)],
    ['sealed with another key', () => sealFlow({ ...parts, pageSeal: createSeal(randomBytes(32)) }, open().found)],
    ['empty', () => ''],
    ['an id alone', () => open().found.id],
  ])('counts as none when it is %s', (_what, change) => {
    const { page, browser } = open();
    expect(() => flowOf(parts, browser, change(page), 'approve')).toThrow('too old');
  });

  it('is no page of another kind', () => {
    const { page, browser } = open();
    expect(() => flowOf(parts, browser, page, 'sign-in')).toThrow('too old');
  });

  it('is proved once, also when what came of it is over', () => {
    const { found, page, browser } = open();
    keepProved(parts, found, found.flow, nowMs + 1000);
    expect(() => keepProved(parts, found, found.flow, nowMs + 1000)).toThrow('used already');
    store.take('proved', found.id);
    nowMs += 2000;
    expect(() => keepProved(parts, found, found.flow, nowMs + 1000)).toThrow('used already');
    expect(() => flowOf(parts, browser, page, 'approve')).toThrow('used already');
  });
});

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '20010db800010002/64'],
  ['2001:db8:1:2::1', '20010db800010002/64'],
  ['fe80::1%eth0', 'fe80000000000000/64'],
  ['nonsense', 'nonsense'],
])('wrong answers from %s count for %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

it('who has a whole IPv6 network guesses no more often than who has one address', () => {
  const lockout = { account_failures: 100, address_failures: 3, first_seconds: 60, longest_minutes: 10 };
  const attempts = countAttempts(store, () => lockout, now);
  const waitOf = (address: string): number => attempts.begin({ account: null, isKnown: false, address });
  const waits = [1, 2, 3, 4].map((host) => waitOf(`2001:db8::${host}`));
  expect(waits).toEqual([0, 0, 0, 60_000]);
  expect(waitOf('2001:db8:0:1::1')).toBe(0);
});

it('what strangers cause is recorded once a minute for each, and thirty times for all, with how many were left out', () => {
  const seldom = recordSeldom(now);
  expect([1, 2, 3].map(() => seldom.ask('a'))).toEqual([{ leftOut: 0 }, null, null]);
  expect(seldom.ask('b')).toEqual({ leftOut: 2 });
  const more = Array.from({ length: 100 }, (_, index) => seldom.ask(`c${index}`)).filter((told) => told !== null);
  expect(more).toHaveLength(28);
  nowMs += 60_001;
  expect(seldom.ask('a')).toEqual({ leftOut: 72 });
});

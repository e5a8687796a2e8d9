import { describe, expect, test } from 'vitest';
import { announcementsOf } from '../../../renderer/model/announcements.ts';
import type { ConnectionState, ProfileSnapshot } from '../../../shared/snapshot.ts';
import {
  onConnection,
  openTunnel,
  reconnecting,
  sampleProblem,
  sampleProfile,
  sampleSnapshot,
  signedIn,
} from '../../support/renderer-preview/sample-snapshot.ts';

const nowMs = Date.UTC(2026, 0, 5, 10);
const quiet: Partial<ProfileSnapshot> = { signIn: signedIn(nowMs), tunnel: openTunnel(nowMs), connections: {} };
const of = (change: Partial<ProfileSnapshot>) =>
  sampleSnapshot(nowMs, { profiles: [sampleProfile(nowMs, { ...quiet, ...change })] });
const said = (before: Partial<ProfileSnapshot>, after: Partial<ProfileSnapshot>) =>
  announcementsOf(of(before), of(after));

const lost = reconnecting('tunnel-down', 'The relay closed the connection.', nowMs);
const problem = sampleProblem('port-taken', 'Port 7101 is used by “node”.', nowMs);
const orders = onConnection('orders', 7101, nowMs, 0);
const many = (status: 'on' | 'off') =>
  Object.fromEntries(
    ['orders', 'inventory', 'deployments', 'feature-flags'].map((api): [string, ConnectionState] => [
      api,
      status === 'on' ? onConnection(api, 7101, nowMs, 0) : { status: 'off' },
    ]),
  );

describe('what a screen reader says', () => {
  test('is nothing while nothing changes that matters', () => {
    expect(said({}, {})).toEqual([]);
    expect(said({ connections: { orders } }, { connections: { orders: { ...orders, openStreams: 4 } } })).toEqual([]);
    expect(said({}, { connections: { orders: { status: 'opening' } } })).toEqual([]);
    expect(said({ tunnel: lost }, { tunnel: { ...lost, attempt: 7 } })).toEqual([]);
  });

  test('is nothing of another profile that comes to the front', () => {
    const lab = sampleProfile(nowMs, { id: 'lab', ...quiet, tunnel: lost });
    const both = { profiles: [sampleProfile(nowMs, quiet), lab] };
    const after = sampleSnapshot(nowMs, { ...both, currentProfileId: 'lab' });
    expect(announcementsOf(sampleSnapshot(nowMs, both), after)).toEqual([]);
  });

  test.each([
    ['the link is lost', {}, { tunnel: lost }, 'Reconnecting to Acme'],
    ['it is back', { tunnel: lost }, {}, 'Acme is online'],
    ['the sign-in ends', {}, { signIn: { status: 'expired', problem } }, 'Your sign-in to Acme has ended'],
    ['an API is on', {}, { connections: { orders } }, 'Orders is on at 127.0.0.1:7101'],
    ['an API is off', { connections: { orders } }, { connections: {} }, 'Orders is off'],
    [
      'an API fails',
      { connections: { orders: { status: 'opening' } } },
      { connections: { orders: { status: 'failed', problem } } },
      `Orders couldn’t be switched on: ${problem.title}`,
    ],
    ['several are on', { connections: many('off') }, { connections: many('on') }, '4 APIs are on'],
  ] satisfies [string, Partial<ProfileSnapshot>, Partial<ProfileSnapshot>, string][])(
    'when %s',
    (_what, before, after, expected) => expect(said(before, after)).toEqual([expected]),
  );
});

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { apis as apisCommand } from '../../../client/cli/apis.ts';
import { lockText } from '../../../client/cli/lock-text.ts';
import type { CommandContext } from '../../../client/cli/command-context.ts';
import { locksCommand, type LockTargetFlags } from '../../../relay/commands/locks.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { type Disclosure, type LockTarget, newLock } from '../../../relay/sessions/lock.ts';
import { locksOfCaller, showLocks } from '../../../relay/sessions/show-locks.ts';
import type { CatalogEntry, ShownLock } from '../../../shared/catalog.ts';
import { type EchoUpstream, startEcho } from '../../support/upstreams/start-echo.ts';
import { sampleCatalog } from '../../support/renderer-preview/sample-catalog.ts';
import { type PipelineWorld, startPipelineWorld } from '../pipeline/pipeline-world.ts';

const why = { reason: 'Incident 12', author: 'root', untilMs: 99 };

describe('a lock in the catalog', () => {
  const shown = (target: LockTarget, disclose: Disclosure): readonly (ShownLock | undefined)[] => {
    const lock = newLock(target, why, 1);
    const locks = target.type === 'api' ? locksOfCaller(null, [lock]) : locksOfCaller(lock, [lock]);
    const { apis } = showLocks(sampleCatalog, locks, disclose);
    return ['orders', 'payroll'].map((id) => apis.find((entry) => entry.id === id)?.lock);
  };

  it.each<[string, LockTarget, ShownLock, boolean]>([
    ['an API', { type: 'api', api: 'orders' }, { on: 'api', reason: 'Incident 12', untilMs: 99 }, false],
    ['everything', { type: 'everything' }, { on: 'everything', reason: 'Incident 12', untilMs: 99 }, true],
    [
      'a person, not by the name that it goes by',
      { type: 'person', who: 'alice', issuer: null },
      { on: 'person', reason: 'Incident 12', untilMs: 99 },
      true,
    ],
    [
      'a group',
      { type: 'group', group: 'sre' },
      { on: 'group', group: 'sre', reason: 'Incident 12', untilMs: 99 },
      true,
    ],
    ['a device', { type: 'device', device: 'd1' }, { on: 'device', reason: 'Incident 12', untilMs: 99 }, true],
    [
      'a network',
      { type: 'address', network: '192.0.2.0/24' },
      { on: 'device', network: true, reason: 'Incident 12', untilMs: 99 },
      true,
    ],
    ['a session', { type: 'session', session: 's1' }, { on: 'session', reason: 'Incident 12', untilMs: 99 }, true],
  ])('on %s says so, and with disclose: minimal not why', (_what, target, lock, isOnAll) => {
    expect(shown(target, 'full')).toEqual([lock, isOnAll ? lock : undefined]);
    const { reason: _reason, group: _group, ...little } = lock;
    expect(shown(target, 'minimal')).toEqual([little, isOnAll ? little : undefined]);
  });

  it('on what isn’t listed changes nothing', () => {
    const lock = newLock({ type: 'api', api: 'hidden' }, why, 1);
    expect(showLocks(sampleCatalog, locksOfCaller(null, [lock]), 'full')).toBe(sampleCatalog);
  });

  it.each<[ShownLock, string]>([
    [{ on: 'api', untilMs: null }, 'locked by IT for everybody'],
    [{ on: 'group', group: 'sre', reason: 'Moved', untilMs: null }, 'locked by IT for the group sre: Moved'],
    [{ on: 'device', network: true, untilMs: null }, 'locked by IT for the network that you are in'],
    [{ on: 'person', untilMs: 0 }, `locked by IT for you until ${new Date(0).toLocaleString()}`],
  ])('%j reads %s', (lock, text) => {
    expect(lockText(lock)).toBe(text);
  });
});

describe('a running client', () => {
  let echo: EchoUpstream;
  let world: PipelineWorld;
  beforeAll(async () => {
    echo = await startEcho();
    world = await startPipelineWorld({
      apis: [
        { id: 'orders', name: 'Orders', upstream: echo.url },
        { id: 'stock', name: 'Stock', upstream: echo.url },
      ],
    });
  });
  afterAll(async () => {
    await world?.close();
    await echo?.close();
  });

  const shown = (): Record<string, CatalogEntry['lock']> => {
    const { catalog } = world.client.core.snapshot().profiles[0] ?? {};
    const entries = catalog?.status === 'ready' ? catalog.catalog.apis : [];
    return Object.fromEntries(entries.map(({ id, lock }) => [id, lock]));
  };
  /** Adds a lock, or takes away the one of an id; gives it as JSON. */
  const run = async (flags: LockTargetFlags | string): Promise<string> => {
    const { config } = await loadConfig(world.configPath);
    let output = '';
    const code = await locksCommand({
      config,
      action:
        typeof flags === 'string'
          ? { type: 'remove', id: flags, reason: 'Over' }
          : { type: 'add', target: flags, reason: 'Incident 12', untilMs: null },
      json: true,
      write: (text) => (output += text),
    });
    expect(code).toBe(0);
    return output;
  };
  const within = { timeout: 20_000, interval: 25 };

  it.each<[string, LockTargetFlags, Record<string, unknown>]>([
    ['an API', { api: 'orders' }, { orders: { on: 'api', reason: 'Incident 12', untilMs: null }, stock: undefined }],
    [
      'the person',
      { person: 'alice' },
      {
        orders: { on: 'person', reason: 'Incident 12', untilMs: null },
        stock: { on: 'person', reason: 'Incident 12', untilMs: null },
      },
    ],
  ])('is shown a lock on %s, and its end too', async (_what, flags, expected) => {
    const added = JSON.parse(await run(flags)) as { id: string };
    await vi.waitFor(() => expect(shown()).toEqual(expected), within);
    const refused = await fetch(`http://127.0.0.1:${world.port('orders')}/x`);
    expect([refused.status, await refused.json()]).toMatchObject([403, { code: 'locked' }]);
    await run(added.id);
    await vi.waitFor(() => expect(shown()).toEqual({ orders: undefined, stock: undefined }), within);
    expect((await fetch(`http://127.0.0.1:${world.port('orders')}/x`)).status).toBe(200);
  });

  it('is told no reason with disclose: minimal, neither by the catalog nor by a refusal', async () => {
    await world.configure((config) => ({ ...config, disclose: 'minimal' }));
    const added = JSON.parse(await run({ api: 'orders' })) as { id: string };
    await vi.waitFor(() => expect(shown()['orders']).toEqual({ on: 'api', untilMs: null }), within);
    const refused = (await (await fetch(`http://127.0.0.1:${world.port('orders')}/x`)).json()) as { detail: string };
    expect(refused.detail).toBe('An administrator has locked this API until an administrator takes the lock away.');
    await run(added.id);
    await world.configure((config) => ({ ...config, disclose: 'full' }));
  });

  it('lists it in the CLI', async () => {
    const added = JSON.parse(await run({ api: 'orders' })) as { id: string };
    await vi.waitFor(() => expect(shown()['orders']).toBeDefined(), within);
    const texts: string[] = [];
    await apisCommand({
      core: { ...world.client.core, start: () => Promise.resolve() },
      interrupted: new AbortController().signal,
      terminal: { result: (_object: object, text: string) => void texts.push(text), problem: () => undefined },
    } as unknown as CommandContext);
    expect(texts[0]).toMatch(/^orders +.*Orders\n +locked by IT for everybody: Incident 12\nstock /);
    await run(added.id);
  });
});

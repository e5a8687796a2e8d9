import { describe, expect, test } from 'vitest';
import { type ApiListItem, apiListOf, favouritesToConnect } from '../../../renderer/model/api-list.ts';
import { largeCatalog } from '../../support/renderer-preview/sample-catalog.ts';
import { sampleProblem, sampleProfile } from '../../support/renderer-preview/sample-snapshot.ts';

const now = 1_800_000_000_000;
const profile = sampleProfile(now);
const names = (items: readonly ApiListItem[]) =>
  items.map((item) => (item.type === 'heading' ? `# ${item.title}` : item.api.name));

describe('apiListOf', () => {
  test('puts favourites first and locked APIs last, each group by name', () => {
    expect(names(apiListOf(profile, 'all', ''))).toEqual([
      '# Favourites',
      'Inventory',
      'Orders',
      '# More APIs',
      'Deployments',
      'Feature flags',
      'Shipping events',
      '# Locked',
      'Payroll',
    ]);
  });

  test('marks the first and last row of each group', () => {
    const rows = apiListOf(profile, 'all', '').flatMap((item) =>
      item.type === 'api' ? [`${item.first} ${item.last}`] : [],
    );
    expect(rows).toEqual(['true false', 'false true', 'true false', 'false false', 'false true', 'true true']);
  });

  test('Connected shows what is on, on its way or failed', () => {
    const connections = {
      orders: { status: 'failed', problem: sampleProblem('port-taken', 'Port 7101 is used.', now) },
      inventory: { status: 'opening' },
      deployments: { status: 'off' },
    } as const;
    expect(names(apiListOf({ ...profile, connections }, 'connected', ''))).toEqual([
      '# Favourites',
      'Inventory',
      'Orders',
    ]);
  });

  test('Locked shows only locked APIs', () => {
    expect(names(apiListOf(profile, 'locked', ''))).toEqual(['# Locked', 'Payroll']);
  });

  test('a search finds every word in name, id or description, whatever the case', () => {
    expect(names(apiListOf(profile, 'all', ' GRPC carrier '))).toEqual(['# Your APIs', 'Shipping events']);
    expect(apiListOf(profile, 'all', 'grpc payroll')).toEqual([]);
  });

  test('an API that is both favourite and locked stands with the locked ones', () => {
    expect(names(apiListOf({ ...profile, favourites: ['payroll'] }, 'locked', ''))).toEqual(['# Locked', 'Payroll']);
  });

  test('2,000 APIs are listed within 200 ms', () => {
    const catalog = { status: 'ready', catalog: largeCatalog(2000), fetchedAtMs: now, problem: null } as const;
    // The best of several: on a busy machine any one may have had to wait.
    const times = Array.from({ length: 7 }, () => {
      const started = performance.now();
      expect(apiListOf({ ...profile, catalog }, 'all', 'service')).toHaveLength(2001);
      return performance.now() - started;
    });
    expect(Math.min(...times)).toBeLessThan(200);
  });
});

describe('favouritesToConnect', () => {
  test('names favourites that are off or failed, and never locked ones', () => {
    const connections = { orders: { status: 'failed', problem: sampleProblem('port-taken', 'Taken.', now) } } as const;
    expect(favouritesToConnect({ ...profile, connections, favourites: ['orders', 'inventory', 'payroll'] })).toEqual([
      'orders',
      'inventory',
    ]);
  });

  test('is empty when all favourites are on', () => {
    expect(favouritesToConnect(profile)).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import { findInPalette, paletteEntries } from '../../../renderer/model/palette-entries.ts';
import type { Snapshot } from '../../../shared/snapshot.ts';
import { largeCatalog } from '../../support/renderer-preview/sample-catalog.ts';
import { sampleProfile, sampleSnapshot } from '../../support/renderer-preview/sample-snapshot.ts';

const nowMs = Date.UTC(2026, 0, 5, 10);
const screens = [
  { id: 'apis', name: 'APIs' },
  { id: 'activity', name: 'Activity' },
];

function namesFound(snapshot: Snapshot, search: string, favourites: readonly string[] = []): readonly string[] {
  return findInPalette(paletteEntries(snapshot, screens), search, favourites).map(({ name }) => name);
}

const ready = sampleSnapshot(nowMs);

describe('the palette', () => {
  test('finds nothing for what isn’t there', () => expect(namesFound(ready, 'zzz')).toEqual([]));

  test.each([
    ['ORD', 'Orders'],
    ['  orders ', 'Orders'],
    ['flags', 'Feature flags'],
    ['warehouse', 'Inventory'],
    ['act', 'Activity'],
    ['dark', 'Dark theme'],
    ['add rel', 'Add a relay'],
  ])('finds by %j first %s', (search, first) => expect(namesFound(ready, search)[0]).toBe(first));

  test('finds “Zürich” by “zurich”', () => {
    const [api] = largeCatalog(1).apis;
    if (api === undefined) throw new Error('There is no API.');
    const catalog = { ...largeCatalog(1), apis: [{ ...api, name: 'Zürich' }] };
    const profiles = [
      sampleProfile(nowMs, { catalog: { status: 'ready', catalog, fetchedAtMs: nowMs, problem: null } }),
    ];
    expect(namesFound(sampleSnapshot(nowMs, { profiles }), 'zurich')).toEqual(['Zürich']);
  });

  test('before anything is typed, shows what is on, then favourites, and locked APIs last', () => {
    const names = namesFound(ready, '', ['deployments']);
    expect(names.indexOf('Orders')).toBeLessThan(names.indexOf('Deployments'));
    expect(names.indexOf('Deployments')).toBeLessThan(names.indexOf('Feature flags'));
    expect(names.indexOf('Feature flags')).toBeLessThan(names.indexOf('Payroll'));
  });

  test('shows few lines, whatever the number of APIs', () => {
    const catalog = largeCatalog(2000);
    const profiles = [
      sampleProfile(nowMs, { catalog: { status: 'ready', catalog, fetchedAtMs: nowMs, problem: null } }),
    ];
    expect(namesFound(sampleSnapshot(nowMs, { profiles }), 'service').length).toBeLessThanOrEqual(36);
  });

  test('offers only actions that do something', () => {
    expect(namesFound(ready, 'sign in')).toEqual([]);
    expect(namesFound(ready, 'switch all')).toHaveLength(1);
    const off = sampleSnapshot(nowMs, {
      profiles: [sampleProfile(nowMs, { connections: {}, favourites: ['orders'] })],
    });
    expect(namesFound(off, 'switch all')).toEqual([]);
    expect(namesFound(off, 'favourites')).toEqual(['Connect all favourites (1)']);
    expect(namesFound({ ...ready, settings: { ...ready.settings, theme: 'dark' } }, 'theme')).not.toContain(
      'Dark theme',
    );
  });

  test('names the relay of APIs of another one, and lists relays only where there are several', () => {
    expect(paletteEntries(ready, screens).some(({ kind }) => kind === 'relay')).toBe(false);
    const lab = sampleProfile(nowMs, { id: 'lab', relayName: 'Lab', relayUrl: 'https://relay.lab.example' });
    const two = paletteEntries({ ...ready, profiles: [sampleProfile(nowMs), lab] }, screens);
    expect(two.filter(({ kind }) => kind === 'relay').map(({ name }) => name)).toEqual(['Acme', 'Lab']);
    expect(two.filter(({ name }) => name === 'Orders').map(({ note }) => note.includes('Lab'))).toEqual([false, true]);
    expect(new Set(two.map(({ key }) => key)).size).toBe(two.length);
  });
});

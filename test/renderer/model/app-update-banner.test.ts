import { describe, expect, test } from 'vitest';
import { trayModel } from '../../../electron/tray-model.ts';
import { bannerFor } from '../../../renderer/model/banner.ts';
import { type AppUpdate, updateFailureReasons } from '../../../shared/app-update.ts';
import { reconnecting, sampleProfile, sampleSnapshot } from '../../support/renderer-preview/sample-snapshot.ts';
import { sampleOffer, sampleUpdate } from '../../support/renderer-preview/sample-update.ts';

const nowMs = 1_800_000_000_000;
const ready = { status: 'ready', offer: sampleOffer, laterUntilMs: null, byItself: true, onQuit: true } as const;
const failed = (reason: (typeof updateFailureReasons)[number]) =>
  ({ status: 'failed', reason, detail: '', offer: null }) as const;
const withUpdate = (change: Partial<AppUpdate>, isDown = false) =>
  sampleSnapshot(nowMs, {
    appUpdate: sampleUpdate(nowMs, change),
    profiles: [
      sampleProfile(nowMs, isDown ? { tunnel: reconnecting('tunnel-down', 'It broke.', nowMs - 60_000) } : {}),
    ],
  });
const banner = (change: Partial<AppUpdate>, isDown = false) =>
  bannerFor(withUpdate(change, isDown), { dismissed: [], nowMs });

describe('an update of the app', () => {
  test.each<[what: string, change: Partial<AppUpdate>, key: string | undefined]>([
    ['there is none', {}, undefined],
    ['is looked for', { state: { status: 'checking' } }, undefined],
    ['is brought by others', { state: { status: 'off', reason: 'apt' } }, undefined],
    ['is offered', { state: { status: 'offered', offer: sampleOffer } }, 'update-offered-1.4.0'],
    ['is ready', { state: ready }, 'update-ready-1.4.0'],
    ['waits until tomorrow', { state: { ...ready, laterUntilMs: nowMs + 1 } }, undefined],
    ['has waited', { state: { ...ready, laterUntilMs: nowMs } }, 'update-ready-1.4.0'],
    ['is demanded', { isRequired: true, state: { ...ready, laterUntilMs: nowMs + 1 } }, 'update-ready-1.4.0'],
  ])('that %s has the banner it needs', (_what, change, key) => expect(banner(change)?.key).toBe(key));

  test('that is demanded comes before what is down; one that isn’t comes after', () => {
    expect(banner({ isRequired: true, state: ready }, true)).toMatchObject({
      key: 'update-ready-1.4.0',
      tone: 'danger',
    });
    expect(banner({ state: ready }, true)?.key).toBe('cause-tunnel-down');
  });

  test('that was refused is told with its reason, save what passes by itself', () => {
    const told = updateFailureReasons.filter((reason) => banner({ state: failed(reason) }) !== null);
    expect(updateFailureReasons.filter((reason) => !told.includes(reason))).toEqual([
      'feed-unreachable',
      'feed-stalled',
      'download-broken',
    ]);
    const texts = told.map((reason) => banner({ state: failed(reason) })?.text);
    expect(new Set(texts).size).toBe(told.length);
  });

  test('that hasn’t been heard of for two weeks is told of, too', () => {
    const silent = (days: number) =>
      banner({ heardAtMs: nowMs - days * 86_400_000, state: failed('feed-unreachable') })?.key;
    expect([silent(14), silent(15)]).toEqual([undefined, 'update-failed-feed-unreachable']);
  });

  test('that waits for the person is in the tray', () => {
    const tray = (state: AppUpdate['state']) => trayModel(withUpdate({ state })).update?.does ?? null;
    expect(tray(ready)).toBe('restart');
    expect(tray({ status: 'offered', offer: sampleOffer })).toBe('download');
    expect([tray({ status: 'checking' }), tray(failed('unsigned'))]).toEqual([null, null]);
    expect(trayModel(sampleSnapshot(nowMs)).update).toBeNull();
  });
});

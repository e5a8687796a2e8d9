import type { Catalog } from '../../../shared/catalog.ts';
import type { ProfileSnapshot, Snapshot } from '../../../shared/snapshot.ts';
import type { PreviewState, PreviewStep } from './preview-state.ts';
import { previewStates } from './preview-states.ts';
import { longCatalog, rightToLeftCatalog } from './sample-catalog.ts';
import { sampleActivity, sampleProfile, sampleSnapshot } from './sample-snapshot.ts';
import { sampleSessions } from './sample-sessions.ts';
import { button } from './state-parts.ts';

const openPalette: PreviewStep = { type: 'key', key: 'Control+k' };

/** The screens with their names in German, and a text that is on each. */
const germanScreens = [
  ['APIs', 'Favoriten'],
  ['Aktivität', 'Dauer'],
  ['Zugriff', 'finance'],
  ['Sitzungen', 'alice-desktop'],
  ['Einstellungen', 'Allgemein'],
] as const;

/** Every state that is looked at: those of the screens, the palette, names from the right, and German with its long words. */
export function lookStates(nowMs: number): readonly PreviewState[] {
  const state = (
    name: string,
    shows: string,
    snapshot: Snapshot,
    steps: readonly PreviewStep[] = [],
  ): PreviewState => ({
    name,
    shows,
    snapshot,
    steps,
    activity: sampleActivity(nowMs),
    sessions: { sessions: sampleSessions(nowMs) },
  });
  const of = (change: Partial<ProfileSnapshot>) => sampleSnapshot(nowMs, { profiles: [sampleProfile(nowMs, change)] });
  const withCatalog = (catalog: Catalog, change: Partial<ProfileSnapshot> = {}) =>
    of({ catalog: { status: 'ready', catalog, fetchedAtMs: nowMs, problem: null }, ...change });
  const german = (snapshot: Snapshot): Snapshot => ({
    ...snapshot,
    settings: { ...snapshot.settings, language: 'de' },
  });
  const ready = of({});
  const long = withCatalog(longCatalog(), { relayName: 'Acme Subsidiaries Europe, Middle East and Africa' });
  const fromTheRight = withCatalog(rightToLeftCatalog(), { relayName: 'شركة المثال' });
  return [
    ...previewStates(nowMs),
    state('palette', 'Connect all favourites', of({ connections: {} }), [openPalette]),
    state('palette-nothing', 'Nothing matches', ready, [
      openPalette,
      { type: 'key', key: 'z' },
      { type: 'key', key: 'q' },
    ]),
    state('long-names-palette', 'Find and do', long, [openPalette]),
    state('api-page-off', 'Connect and copy address', ready, [button('Deployments')]),
    state('names-from-the-right', 'خدمة الطلبات', fromTheRight),
    state('names-from-the-right-page', 'קריאה וכתיבה', fromTheRight, [button('שירות המלאי הארצי')]),
    ...germanScreens.map(([screen, shows]) =>
      state(`german-${screen}`, shows, german(ready), [{ type: 'click', role: 'link', name: screen }]),
    ),
    state('german-api-page', 'Verwenden', german(ready), [button('Orders')]),
    state('german-palette', 'Adresse kopieren', german(ready), [openPalette]),
    state('long-names-german', 'Ihre APIs', german(long)),
  ];
}

import type { Snapshot } from '../../shared/snapshot.ts';
import type { PreviewState } from '../../test/support/renderer-preview/preview-state.ts';
import { largeCatalog } from '../../test/support/renderer-preview/sample-catalog.ts';
import {
  onConnection,
  sampleActivity,
  sampleProfile,
  sampleSnapshot,
} from '../../test/support/renderer-preview/sample-snapshot.ts';

/** A person with 2,000 APIs, all of them on and with traffic: what they have differs with `round`. */
export function largeSnapshot(nowMs: number, round: number): Snapshot {
  const catalog = largeCatalog(2000);
  const connections = Object.fromEntries(
    catalog.apis.map(({ id }, index) => [id, onConnection(id, 10_000 + index, nowMs, 1 + ((index + round) % 50))]),
  );
  const ready = { status: 'ready', catalog, fetchedAtMs: nowMs, problem: null } as const;
  return sampleSnapshot(nowMs, {
    profiles: [sampleProfile(nowMs, { catalog: ready, connections, ports: {}, favourites: [] })],
  });
}

/** The window over it, with 5,000 requests in its log. */
export function largeState(nowMs: number, shows: string, steps: PreviewState['steps'] = []): PreviewState {
  return {
    name: 'large',
    snapshot: largeSnapshot(nowMs, 0),
    activity: sampleActivity(nowMs, 5000),
    sessions: { sessions: [] },
    steps,
    shows,
  };
}

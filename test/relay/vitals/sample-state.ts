import type { RelayState } from '../../../relay/vitals/relay-state.ts';

/** What a relay says of itself that has nothing to complain of. */
export const sampleState = (id: string, given: Partial<RelayState> = {}): RelayState => ({
  id,
  name: id,
  url: 'https://relay.example',
  version: '1.2.3',
  startedAtMs: 1,
  atMs: 1,
  ready: true,
  problems: [],
  auditHealthy: true,
  draining: false,
  takesTimedOrders: true,
  policyRevision: 'abc',
  config: { loadedAtMs: 1, refused: null },
  tunnels: 1,
  streams: 2,
  memoryBytes: 3,
  sparedAddresses: { always: [], ofFindings: [] },
  processes: [],
  ...given,
});

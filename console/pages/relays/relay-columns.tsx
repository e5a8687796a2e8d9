import { Badge } from '../../../ui/components/badge.tsx';
import { formatBytes, formatDuration } from '../../../ui/model/format.ts';
import type { ListedRelay } from '../../api/admin-api.ts';
import type { DataColumn } from '../../table/column.ts';
import { countColumn, timeColumn } from '../../table/columns.tsx';
import { processName, processStanding, relayStanding } from './relay-words.ts';

export type RelayProcess = ListedRelay['processes'][number];

export const relayColumns: readonly DataColumn<ListedRelay>[] = [
  { id: 'relay', title: 'Relay', value: ({ id, name }) => id || name, minPx: 120, grow: 1.6, rank: 0 },
  {
    id: 'state',
    title: 'State',
    value: (relay) => relayStanding(relay).words,
    show: (relay) => {
      const { words, tone } = relayStanding(relay);
      return <Badge tone={tone}>{words}</Badge>;
    },
    minPx: 90,
    grow: 0.8,
    rank: 1,
  },
  countColumn({
    id: 'tunnels',
    title: 'Tunnels',
    count: ({ tunnels }) => tunnels,
    minPx: 66,
    grow: 0.6,
    rank: 2,
  }),
  countColumn({
    id: 'streams',
    title: 'In flight',
    count: ({ streams }) => streams,
    minPx: 66,
    grow: 0.6,
    rank: 3,
  }),
  { id: 'version', title: 'Version', value: ({ version }) => version, minPx: 66, grow: 0.6, rank: 4 },
  {
    id: 'memory',
    title: 'Memory',
    value: ({ memoryBytes }) => memoryBytes,
    show: ({ memoryBytes }) => formatBytes(memoryBytes),
    minPx: 76,
    grow: 0.6,
    align: 'end',
    rank: 6,
  },
  { id: 'policy', title: 'Policy', value: ({ policyRevision }) => policyRevision, minPx: 110, rank: 5 },
  timeColumn({
    id: 'started',
    title: 'Started',
    at: ({ startedAtMs }) => startedAtMs,
    minPx: 84,
    grow: 0.8,
    rank: 7,
  }),
  timeColumn({
    id: 'heard',
    title: 'Last heard',
    at: ({ atMs }) => atMs,
    minPx: 84,
    grow: 0.8,
    rank: 8,
  }),
  { id: 'address', title: 'Address', value: ({ url }) => url, minPx: 160, rank: 9, isExtra: true },
];

export const processColumns: readonly DataColumn<RelayProcess>[] = [
  { id: 'process', title: 'Process', value: processName, minPx: 84, rank: 0 },
  {
    id: 'state',
    title: 'State',
    value: processStanding,
    show: (process) =>
      process.draining ? <Badge tone="warning">{processStanding(process)}</Badge> : processStanding(process),
    minPx: 80,
    grow: 0.7,
    rank: 2,
  },
  countColumn({
    id: 'tunnels',
    title: 'Tunnels',
    count: ({ tunnels }) => tunnels,
    minPx: 66,
    grow: 0.6,
    rank: 1,
  }),
  countColumn({
    id: 'streams',
    title: 'In flight',
    count: ({ streams }) => streams,
    minPx: 66,
    grow: 0.6,
    rank: 2,
  }),
  {
    id: 'memory',
    title: 'Memory',
    value: ({ memoryBytes }) => memoryBytes,
    show: ({ memoryBytes }) => formatBytes(memoryBytes),
    minPx: 76,
    grow: 0.7,
    align: 'end',
    rank: 3,
  },
  {
    id: 'delay',
    title: 'Delay, 99 %',
    value: ({ eventLoopDelayMs }) => eventLoopDelayMs.p99,
    show: ({ eventLoopDelayMs }) => formatDuration(eventLoopDelayMs.p99),
    minPx: 84,
    grow: 0.7,
    align: 'end',
    rank: 4,
  },
  timeColumn({
    id: 'started',
    title: 'Started',
    at: ({ startedAtMs }) => startedAtMs,
    minPx: 84,
    grow: 0.8,
    rank: 5,
  }),
  { id: 'pid', title: 'Process id', value: ({ pid }) => pid, minPx: 76, grow: 0.6, align: 'end', rank: 6 },
];

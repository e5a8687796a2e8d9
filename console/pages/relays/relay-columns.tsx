import { Badge } from '../../../ui/components/badge.tsx';
import { formatBytes, formatDuration } from '../../../ui/model/format.ts';
import type { ListedRelay } from '../../api/admin-api.ts';
import type { DataColumn } from '../../table/column.ts';
import { countColumn, timeColumn } from '../../table/columns.tsx';
import type { ProcessRow } from './relay-rows.ts';
import { processName, processStanding, relayStanding } from './relay-words.ts';

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

export const processColumns: readonly DataColumn<ProcessRow>[] = [
  { id: 'process', title: 'Process', value: processName, minPx: 84, rank: 0 },
  {
    id: 'state',
    title: 'State',
    value: (row) => processStanding(row).words,
    show: (row) => {
      const { words, tone } = processStanding(row);
      return tone === null ? words : <Badge tone={tone}>{words}</Badge>;
    },
    minPx: 80,
    grow: 0.7,
    rank: 1,
  },
  countColumn({
    id: 'tunnels',
    title: 'Tunnels',
    count: ({ running }) => running?.tunnels ?? 0,
    minPx: 66,
    grow: 0.6,
    rank: 2,
  }),
  countColumn({
    id: 'streams',
    title: 'In flight',
    count: ({ running }) => running?.streams ?? 0,
    minPx: 66,
    grow: 0.6,
    rank: 3,
  }),
  {
    id: 'memory',
    title: 'Memory',
    value: ({ running }) => running?.memoryBytes ?? null,
    show: ({ running }) => (running === null ? '–' : formatBytes(running.memoryBytes)),
    minPx: 76,
    grow: 0.7,
    align: 'end',
    rank: 4,
  },
  {
    id: 'delay',
    title: 'Delay, 99 %',
    value: ({ running }) => running?.eventLoopDelayMs.p99 ?? null,
    show: ({ running }) => (running === null ? '–' : formatDuration(running.eventLoopDelayMs.p99)),
    minPx: 84,
    grow: 0.7,
    align: 'end',
    rank: 5,
  },
  timeColumn({
    id: 'started',
    title: 'Started',
    at: ({ running }) => running?.startedAtMs ?? null,
    minPx: 84,
    grow: 0.8,
    rank: 6,
  }),
  {
    id: 'pid',
    title: 'Process id',
    value: ({ running }) => running?.pid ?? null,
    minPx: 76,
    grow: 0.6,
    align: 'end',
    rank: 7,
  },
];

import { Badge } from '../../../ui/components/badge.tsx';
import type { Session } from '../../api/admin-api.ts';
import type { DataColumn } from '../../table/column.ts';
import { timeColumn } from '../../table/columns.tsx';
import { byTime, deviceAttributes, deviceFacts, deviceName, standingOf } from './session-words.ts';

/** A session on a person’s own page, where whose it is needs no column. */
export const ownSessionColumns: readonly DataColumn<Session>[] = [
  { id: 'device', title: 'Device', value: deviceName, minPx: 120, grow: 1.6, rank: 0 },
  {
    id: 'state',
    title: 'State',
    value: (session) => standingOf(session).words,
    show: (session) => {
      const { words, tone } = standingOf(session);
      return <Badge tone={tone}>{words}</Badge>;
    },
    minPx: 86,
    grow: 0.2,
    rank: 1,
  },
  timeColumn({
    id: 'used',
    title: 'Last used',
    at: ({ lastUsedAtMs }) => lastUsedAtMs,
    minPx: 84,
    grow: 0.3,
    rank: 2,
  }),
  { id: 'from', title: 'From', value: ({ addresses }) => byTime(addresses)[0] ?? null, minPx: 110, grow: 0.5, rank: 3 },
  {
    id: 'apis',
    title: 'APIs used',
    value: ({ apis }) => byTime(apis).join(', ') || null,
    minPx: 120,
    grow: 1.4,
    rank: 5,
  },
  { id: 'app', title: 'System and app', value: deviceFacts, minPx: 190, grow: 2, rank: 6 },
  { id: 'attributes', title: 'Says of itself', value: deviceAttributes, minPx: 140, grow: 1.2, rank: 7 },
  timeColumn({
    id: 'since',
    title: 'Since',
    at: ({ sinceMs }) => sinceMs,
    minPx: 84,
    grow: 0.3,
    rank: 8,
  }),
  {
    id: 'ended',
    title: 'Ended by',
    value: ({ ended }) => (ended === null ? null : `${ended.by}: ${ended.reason}`),
    minPx: 120,
    grow: 1.4,
    rank: 9,
    isExtra: true,
  },
  { id: 'id', title: 'Session', value: ({ id }) => id, minPx: 150, rank: 10, isExtra: true },
];

/** A session among those of everybody. */
export const sessionColumns: readonly DataColumn<Session>[] = [
  { id: 'person', title: 'Person', value: ({ username }) => username, minPx: 100, grow: 1.4, rank: 0 },
  ...ownSessionColumns.map((column) => (column.id === 'device' ? { ...column, rank: 4 } : column)),
];

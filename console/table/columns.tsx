import type { ReactNode } from 'react';
import { Moment } from '../../ui/components/moment.tsx';
import type { DataColumn } from './column.ts';

type Common<Row extends object> = Pick<
  DataColumn<Row>,
  'id' | 'title' | 'minPx' | 'grow' | 'rank' | 'align' | 'isExtra'
>;

interface TimeColumn<Row extends object> extends Common<Row> {
  /** Milliseconds since the epoch; null for never. */
  readonly at: (row: Row) => number | null;
  /** What the cell shows for never; a dash when left out. */
  readonly never?: ReactNode;
}

/** A moment: shown as people say it, copied and exported in ISO 8601. */
export function timeColumn<Row extends object>({ at, never = '–', ...common }: TimeColumn<Row>): DataColumn<Row> {
  return {
    ...common,
    value: at,
    show: (row) => {
      const timeMs = at(row);
      return timeMs === null ? never : <Moment timeMs={timeMs} />;
    },
    text: (row) => {
      const timeMs = at(row);
      return timeMs === null ? '' : new Date(timeMs).toISOString();
    },
  };
}

interface CountColumn<Row extends object> extends Omit<Common<Row>, 'align'> {
  readonly count: (row: Row) => number;
  /** More than none is bad news. */
  readonly isBad?: boolean;
}

/** A number of things, at the end of its column. */
export function countColumn<Row extends object>({
  count,
  isBad = false,
  ...common
}: CountColumn<Row>): DataColumn<Row> {
  return {
    ...common,
    align: 'end',
    value: count,
    show: (row) => <span className={isBad && count(row) > 0 ? 'text-bad' : ''}>{count(row).toLocaleString('en')}</span>,
  };
}

/** How many requests there were, and how many of them were denied. */
export function requestColumns<Row extends { readonly requests: number; readonly denied: number }>(): readonly [
  DataColumn<Row>,
  DataColumn<Row>,
] {
  return [
    countColumn({ id: 'requests', title: 'Requests', count: ({ requests }) => requests, minPx: 74, rank: 1 }),
    countColumn({ id: 'denied', title: 'Denied', count: ({ denied }) => denied, isBad: true, minPx: 64, rank: 2 }),
  ];
}

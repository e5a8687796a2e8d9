import { useMemo, useState } from 'react';
import { addressOf, type Params } from './address.ts';
import type { Readings } from './admin-api.ts';
import { read } from './ask.ts';
import { notifyProblem } from '../store/notices.ts';
import { type Reading, type ReadingOptions, useReading } from './use-reading.ts';

/** Addresses that answer page by page. */
export type PagedPath = {
  [P in keyof Readings]: Readings[P] extends { readonly next: string | number | null } ? P : never;
}[keyof Readings];

/** Pages that were read so far, as one list. */
export interface Pages<T, Row> {
  readonly reading: Reading<T>;
  readonly rows: readonly Row[];
  /** The rows are those of the question before, until this one is answered. */
  readonly isOld: boolean;
  /** Loads the next page; null at the end. */
  readonly more: { readonly busy: boolean; readonly load: () => void } | null;
}

interface Further<Row> {
  readonly address: string;
  readonly rows: readonly Row[];
  readonly next: string | number | null;
}

/** Reads page by page; the first one stays fresh, so that what is new shows at once, and nothing twice. */
export function usePages<P extends PagedPath, Row>(
  path: P | null,
  params: Params,
  rowsOf: (page: Readings[P]) => readonly Row[],
  idOf: (row: Row) => string,
  options: ReadingOptions = {},
): Pages<Readings[P], Row> {
  const reading = useReading(path, params, options);
  const address = path === null ? '' : addressOf(path, params);
  const [further, setFurther] = useState<Further<Row> | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [last, setLast] = useState<{ readonly path: P; readonly page: Readings[P] } | null>(null);
  if (path !== null && reading.value !== null && last?.page !== reading.value) setLast({ path, page: reading.value });
  const isOld = reading.status === 'loading' && last !== null && last.path === path;
  const first = reading.value ?? (isOld ? last.page : null);
  const own = further?.address === address ? further : null;

  const rows = useMemo(() => {
    if (first === null) return [];
    const all = new Map([...rowsOf(first), ...(own?.rows ?? [])].map((row) => [idOf(row), row]));
    for (const row of rowsOf(first)) all.set(idOf(row), row);
    return [...all.values()];
  }, [first, own, rowsOf, idOf]);

  const next = isOld ? null : own === null ? (first?.next ?? null) : own.next;
  const load = () => {
    if (path === null || next === null || isBusy) return;
    setBusy(true);
    void read(path, { ...params, cursor: String(next) }).then((answer) => {
      setBusy(false);
      if (answer.ok)
        setFurther({
          address,
          rows: [...(own?.rows ?? []), ...rowsOf(answer.value)],
          next: answer.value.next,
        });
      else notifyProblem(answer.problem);
    });
  };
  return { reading, rows, isOld, more: next === null ? null : { busy: isBusy, load } };
}

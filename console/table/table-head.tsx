import { ArrowDown, ArrowUp } from 'lucide-react';
import type { DataColumn } from './column.ts';
import { rowClasses } from './data-row.tsx';

export interface TableHeadProps {
  readonly columns: readonly Pick<DataColumn<never>, 'id' | 'title' | 'align'>[];
  /** Whether rows end with something to do. */
  readonly hasActions: boolean;
  readonly sort: string;
  readonly onSort: (id: string) => void;
}

/** Titles that stay in view; each sorts. */
export function TableHead({ columns, hasActions, sort, onSort }: TableHeadProps) {
  return (
    <thead className="sticky top-0 z-10 block border-b border-line bg-side">
      <tr aria-rowindex={1} className={`h-9 text-xs text-mute ${rowClasses}`}>
        {columns.map(({ id, title, align }) => {
          const direction = sort === id ? 'ascending' : sort === `-${id}` ? 'descending' : 'none';
          return (
            <th key={id} scope="col" aria-sort={direction} className="min-w-0 font-semibold">
              <button
                type="button"
                onClick={() => onSort(id)}
                title={`Sort by ${title}`}
                className={`flex w-full min-w-0 items-center gap-1 rounded font-semibold hover:text-text ${align === 'end' ? 'justify-end' : ''}`}
              >
                <span className="truncate">{title}</span>
                {direction === 'ascending' && <ArrowUp aria-hidden className="size-3 shrink-0" />}
                {direction === 'descending' && <ArrowDown aria-hidden className="size-3 shrink-0" />}
              </button>
            </th>
          );
        })}
        {hasActions && (
          <th scope="col">
            <span className="sr-only">What to do</span>
          </th>
        )}
      </tr>
    </thead>
  );
}

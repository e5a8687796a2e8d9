import { Copy } from 'lucide-react';
import type { ReactNode } from 'react';
import { useCopy } from '../../ui/components/copying.ts';
import { pushedDown } from '../../ui/model/room-above.ts';
import { goTo } from '../route/place.ts';
import { Link } from '../route/link.tsx';
import type { DataColumn } from './column.ts';
import { rowText } from './table-text.ts';

/** Height of each row, in pixels, as its class says. */
export const rowHeightPx = 37;

export const rowClasses = 'grid grid-cols-(--tracks) items-center gap-4 px-3';

export interface DataRowProps<Row extends object> {
  readonly row: Row;
  /** Place in the table, from 0. */
  readonly index: number;
  /** Pixels that are free above it. */
  readonly room: number;
  readonly columns: readonly DataColumn<Row>[];
  readonly href: string | undefined;
  readonly actions: ((row: Row) => ReactNode) | undefined;
  readonly isSelected: boolean;
  /** The cell that the keyboard is on; null when it is on another row. */
  readonly activeColumn: number | null;
  readonly onActive: (active: { readonly row: number; readonly column: number }) => void;
}

/** One row; a click anywhere opens what it is about. */
export function DataRow<Row extends object>(props: DataRowProps<Row>) {
  const { row, index, room, columns, href, actions, isSelected, activeColumn, onActive } = props;
  const { copied, copy } = useCopy();
  const open = () => {
    // Whoever marks a text wants to copy it.
    if (href !== undefined && (getSelection()?.isCollapsed ?? true)) goTo(href);
  };
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions -- Enter on a cell does the same
    <tr
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      onClick={open}
      className={`group relative h-[37px] border-b border-line text-sm ${rowClasses} ${isSelected ? 'bg-accent-weak' : 'hover:bg-ground'} ${href === undefined ? '' : 'cursor-pointer'}`}
      style={pushedDown(room)}
    >
      {columns.map((column, place) => {
        const shown = column.show?.(row) ?? column.value(row) ?? '–';
        const title = column.show === undefined ? String(column.value(row) ?? '') : undefined;
        return (
          <td
            key={column.id}
            data-cell={`${index}:${place}`}
            tabIndex={place === activeColumn ? 0 : -1}
            onFocus={() => onActive({ row: index, column: place })}
            title={title}
            className={`flex h-full min-w-0 items-center rounded focus-visible:-outline-offset-2 ${column.align === 'end' ? 'justify-end tabular-nums' : ''}`}
          >
            {place === 0 && href !== undefined ? (
              <Link
                href={href}
                tabIndex={-1}
                onClick={(event) => event.stopPropagation()}
                className="truncate font-medium hover:underline"
              >
                {shown}
              </Link>
            ) : (
              <span className="min-w-0 truncate">{shown}</span>
            )}
          </td>
        );
      })}
      {actions !== undefined && (
        // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions -- keeps clicks on the button, and in its dialog, from opening the row
        <td
          data-cell={`${index}:${columns.length}`}
          tabIndex={activeColumn === columns.length ? 0 : -1}
          onFocus={() => onActive({ row: index, column: columns.length })}
          onClick={(event) => event.stopPropagation()}
          className="flex h-full items-center justify-end rounded focus-visible:-outline-offset-2"
        >
          {actions(row)}
        </td>
      )}
      <td
        className={`absolute inset-y-0 hidden items-center group-hover:flex ${actions === undefined ? 'end-1' : 'end-20'}`}
      >
        <button
          type="button"
          tabIndex={-1}
          title="Copy the row"
          aria-label="Copy the row"
          onClick={(event) => {
            event.stopPropagation();
            copy(rowText(columns, row));
          }}
          className={`grid size-7 place-items-center rounded-md border border-line bg-panel shadow-raised ${copied ? 'text-ok' : 'text-faint hover:text-text'}`}
        >
          <Copy aria-hidden className="size-[15px]" />
        </button>
      </td>
    </tr>
  );
}

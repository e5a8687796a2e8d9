import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useId, useLayoutEffect, useRef, useState } from 'react';
import { Button } from '../../ui/components/button.tsx';
import { useCopy } from '../../ui/components/copying.ts';
import { roomAbove } from '../../ui/model/room-above.ts';
import { goTo } from '../route/place.ts';
import { cellText, type DataColumn, neededPx, tracksOf } from './column.ts';
import { DataRow, rowHeightPx } from './data-row.tsx';
import { TableHead } from './table-head.tsx';
import { rowText } from './table-text.ts';
import { TableTools } from './table-tools.tsx';
import { useTableView } from './use-table-view.ts';
import { useWidth } from './use-width.ts';

export interface DataTableProps<Row extends object> {
  /** Names the table for screen readers, and the file of its export. */
  readonly label: string;
  /** Distinguishes tables of one page in the address. */
  readonly prefix?: string;
  readonly columns: readonly DataColumn<Row>[];
  readonly rows: readonly Row[];
  readonly idOf: (row: Row) => string;
  /** Address of what a row is about; Enter and a click go there. */
  readonly hrefOf?: (row: Row) => string;
  readonly selectedId?: string | null;
  /** How many there are in all, when not all are loaded. */
  readonly total?: number | null;
  /** Loads further rows; null when all are here. */
  readonly more?: { readonly busy: boolean; readonly load: () => void } | null;
  /** Shown instead of rows when there are none. */
  readonly empty: ReactNode;
  /** Shown instead of rows while it isn’t known which there are; filters stay as they are. */
  readonly instead?: ReactNode;
  /** The rows are of the filters before: those for what is asked now are on their way. */
  readonly isOld?: boolean;
  /** What can be done with a row: one button, at its end. */
  readonly actions?: (row: Row) => ReactNode;
  /** Room for them, in pixels; that of one icon when left out. */
  readonly actionsPx?: number;
  /** Filters, at the left above the table. */
  readonly children?: ReactNode;
  /** A table within a page is as high as its rows, up to this many; otherwise it may fill the page. */
  readonly maxRows?: number;
}

interface Active {
  readonly row: number;
  readonly column: number;
}

/**
 * The console’s table: sorts, hides columns, copies cells and rows, exports what it shows; only rows in view are in the page.
 * Arrow keys move between cells, Enter opens, Ctrl/Cmd+C copies the cell, with Alt the row.
 */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const {
    label,
    prefix = '',
    columns: all,
    rows: given,
    idOf,
    hrefOf,
    selectedId = null,
    more = null,
    actions,
    actionsPx = iconPx,
    instead = null,
    isOld = false,
  } = props;
  const frame = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const widthPx = useWidth(frame);
  const view = useTableView(prefix, all, given, widthPx - (actions === undefined ? 0 : actionsPx + 16));
  const { rows, columns } = view;
  const columnCount = columns.length + (actions === undefined ? 0 : 1);
  const [active, setActive] = useState<Active>({ row: 0, column: 0 });
  const wantsFocus = useRef(false);
  const { copied, copy } = useCopy();
  const hintId = useId();

  // oxlint-disable-next-line react/incompatible-library -- the rule is for the React compiler, which isn't used
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeightPx,
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : idOf(row);
    },
    overscan: 10,
    scrollPaddingStart: rowHeightPx,
    // The row with the focus stays in the page, so that the focus does.
    rangeExtractor: (range) => {
      const inView = defaultRangeExtractor(range);
      return active.row < rows.length && !inView.includes(active.row)
        ? [...inView, active.row].toSorted((one, other) => one - other)
        : inView;
    },
  });

  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    wantsFocus.current = false;
    virtualizer.scrollToIndex(active.row);
    frame.current?.querySelector<HTMLElement>(`[data-cell="${active.row}:${active.column}"]`)?.focus();
  }, [active, virtualizer]);

  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[active.row];
    if (row === undefined || !(event.target as HTMLElement).dataset['cell']) return;
    const isCopy = event.key.toLowerCase() === 'c' && (event.ctrlKey || event.metaKey);
    if (isCopy && (getSelection()?.isCollapsed ?? true)) {
      const column = columns[active.column];
      copy(event.altKey || column === undefined ? rowText(columns, row) : cellText(column, row));
      event.preventDefault();
      return;
    }
    if (event.key === 'Enter') {
      event.preventDefault();
      const button = (event.target as HTMLElement).querySelector('button');
      if (button !== null) button.click();
      else if (hrefOf !== undefined) goTo(hrefOf(row));
      return;
    }
    const next = movedTo(active, event, rows.length, columnCount);
    if (next === null) return;
    event.preventDefault();
    wantsFocus.current = true;
    setActive(next);
  };

  const tracks = { '--tracks': `${tracksOf(columns)}${actions === undefined ? '' : ` ${actionsPx}px`}` };
  const isEmpty = rows.length === 0 || instead !== null;
  const fixedHeight =
    props.maxRows === undefined ? undefined : (Math.min(rows.length, props.maxRows) + 1) * rowHeightPx + 3;
  return (
    <div className={`flex min-w-0 flex-col ${props.maxRows === undefined ? 'min-h-0 flex-1' : ''}`}>
      <TableTools label={label} view={view} all={all} total={props.total ?? null} isCounted={instead === null}>
        {props.children}
      </TableTools>
      <p id={hintId} className="sr-only">
        Arrow keys move between cells, {hrefOf === undefined ? '' : 'Enter opens the row, '}Control C copies the cell,
        with Alt the row.
      </p>
      <output className="sr-only">{copied ? 'Copied' : ''}</output>
      <div
        ref={frame}
        className={`min-w-0 ${props.maxRows === undefined ? `flex min-h-0 flex-col ${isEmpty ? 'flex-1' : ''}` : ''}`}
      >
        {instead ??
          (isEmpty ? (
            props.empty
          ) : (
            <div
              ref={scroller}
              aria-busy={isOld}
              className={`overflow-auto [overflow-anchor:none] rounded-xl border border-line bg-panel transition-opacity ${isOld ? 'opacity-60' : ''}`}
              style={{ height: fixedHeight }}
            >
              <table
                // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-to-interactive-role -- a grid is a table whose cells take the keyboard
                role="grid"
                aria-label={label}
                aria-describedby={hintId}
                aria-rowcount={(props.total ?? rows.length) + 1}
                aria-colcount={columnCount}
                className="block min-w-full"
                style={{ ...tracks, minWidth: view.isChosen ? neededPx(columns) + 24 : undefined }}
              >
                <TableHead columns={columns} hasActions={actions !== undefined} sort={view.sort} onSort={view.sortBy} />
                {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the cells of the grid have the focus */}
                <tbody className="flow-root" style={{ height: virtualizer.getTotalSize() }} onKeyDown={onKeyDown}>
                  {virtualizer.getVirtualItems().map(({ index, key }, place, placed) => {
                    const row = rows[index];
                    return row === undefined ? null : (
                      <DataRow
                        key={key}
                        row={row}
                        index={index}
                        room={roomAbove(placed, place)}
                        columns={columns}
                        href={hrefOf?.(row)}
                        actions={actions}
                        isSelected={selectedId !== null && idOf(row) === selectedId}
                        activeColumn={index === active.row ? Math.min(active.column, columnCount - 1) : null}
                        onActive={setActive}
                      />
                    );
                  })}
                </tbody>
              </table>
            </div>
          ))}
      </div>
      {more !== null && !isEmpty && (
        <div className="flex items-center justify-center pt-2">
          <Button look="quiet" onClick={more.load} aria-busy={more.busy} disabled={more.busy}>
            {more.busy ? 'Loading…' : 'Load more'}
          </Button>
        </div>
      )}
    </div>
  );
}

const pageRows = 10;
/** Room for the button at the end of each row. */
const iconPx = 52;

function movedTo({ row, column }: Active, { key, ctrlKey, metaKey }: KeyboardEvent, rows: number, columns: number) {
  const far = ctrlKey || metaKey;
  const moves: Record<string, Active> = {
    ArrowDown: { row: row + 1, column },
    ArrowUp: { row: row - 1, column },
    ArrowRight: { row, column: column + 1 },
    ArrowLeft: { row, column: column - 1 },
    PageDown: { row: row + pageRows, column },
    PageUp: { row: row - pageRows, column },
    Home: { row: far ? 0 : row, column: 0 },
    End: { row: far ? rows - 1 : row, column: columns - 1 },
  };
  const to = moves[key];
  if (to === undefined) return null;
  const within = (value: number, count: number): number => Math.max(0, Math.min(count - 1, value));
  return { row: within(to.row, rows), column: within(to.column, columns) };
}

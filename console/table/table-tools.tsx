import { Columns3, Download } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from '../../ui/components/icon-button.tsx';
import { Menu, MenuCheck } from '../../ui/components/menu.tsx';
import type { DataColumn } from './column.ts';
import { saveFile, tableCsv } from './table-text.ts';
import type { TableView } from './use-table-view.ts';

export interface TableToolsProps<Row extends object> {
  readonly label: string;
  readonly view: TableView<Row>;
  readonly all: readonly DataColumn<Row>[];
  readonly total: number | null;
  /** Whether it is known how many rows there are. */
  readonly isCounted: boolean;
  readonly children?: ReactNode;
}

/** What stands above a table: its filters, how many rows there are, its columns, and the export of what is shown. */
export function TableTools<Row extends object>(props: TableToolsProps<Row>) {
  const { label, view, all, total, isCounted, children } = props;
  const { rows, columns, sort } = view;
  const isPart = total !== null && total > rows.length;
  const save = () => {
    const name = `${label.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}-${new Date().toISOString().slice(0, 10)}.csv`;
    saveFile(name, 'text/csv;charset=utf-8', tableCsv(columns, rows));
  };
  return (
    <div className="mb-2.5 flex min-w-0 flex-wrap items-center gap-2">
      {children}
      <span className="ms-auto flex items-center gap-1">
        {isCounted && (
          <span className="text-xs text-mute tabular-nums">
            {isPart
              ? `${rows.length.toLocaleString('en')} of ${total.toLocaleString('en')}${sort === '' ? '' : ', sorted among these'}`
              : rows.length.toLocaleString('en')}
          </span>
        )}
        <Menu
          label="Columns"
          align="end"
          trigger={
            <IconButton label="Columns">
              <Columns3 aria-hidden className="size-4" />
            </IconButton>
          }
        >
          {all.map(({ id, title, rank }) => (
            <MenuCheck
              key={id}
              checked={view.isShown(id)}
              disabled={rank === 0}
              onCheckedChange={(isShown) => view.show(id, isShown)}
            >
              {title}
            </MenuCheck>
          ))}
        </Menu>
        <IconButton label="Save what is shown as CSV" onClick={save} disabled={rows.length === 0}>
          <Download aria-hidden className="size-4" />
        </IconButton>
      </span>
    </div>
  );
}

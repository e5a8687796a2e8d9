import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useRef } from 'react';
import type { ActivityEntry } from '../../shared/activity.ts';
import type { Catalog } from '../../shared/catalog.ts';
import { apiName } from '../model/current-profile.ts';
import { formatAbsolute, formatBytes, formatClock, formatDuration } from '../model/format.ts';
import { requestOutcomeOf } from '../model/request-outcome.ts';
import { useApp } from '../store/app-store.ts';
import { Badge } from './badge.tsx';

const rowHeight = 33;
const columns =
  'grid grid-cols-[68px_minmax(70px,0.8fr)_64px_minmax(100px,2.2fr)_64px_84px_64px_70px] items-center gap-2 px-3';

/** The network table: only rows in view are in the page. Arrow keys move, Enter opens. */
export function ActivityTable({ entries, catalog }: { entries: readonly ActivityEntry[]; catalog: Catalog | null }) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => entries[index]?.requestId ?? index,
    overscan: 12,
    scrollPaddingStart: rowHeight,
  });
  const focusRow = (index: number) => {
    const entry = entries[index];
    if (entry === undefined) return;
    virtualizer.scrollToIndex(index);
    requestAnimationFrame(() => document.getElementById(`request-${entry.requestId}`)?.focus());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const id = document.activeElement?.id.replace(/^request-/, '');
    const at = entries.findIndex((entry) => entry.requestId === id);
    const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 }[event.key];
    if (at < 0 || target === undefined) return;
    event.preventDefault();
    focusRow(target);
  };
  return (
    <div ref={scroller} className="min-h-0 flex-1 overflow-auto rounded-xl border border-line bg-panel">
      {/* oxlint-disable-next-line jsx-a11y/interactive-supports-focus -- the focus is on the rows' own buttons */}
      <div
        role="table"
        aria-label="Requests"
        aria-rowcount={entries.length + 1}
        onKeyDown={onKeyDown}
        className="min-w-[640px]"
      >
        <div role="rowgroup" className="sticky top-0 z-10 border-b border-line bg-side">
          <div role="row" aria-rowindex={1} className={`${columns} h-8 text-xs font-semibold text-mute`}>
            <span role="columnheader">Time</span>
            <span role="columnheader">API</span>
            <span role="columnheader">Method</span>
            <span role="columnheader">Path</span>
            <span role="columnheader">Decision</span>
            <span role="columnheader">Status</span>
            <span role="columnheader" className="text-right">
              Time taken
            </span>
            <span role="columnheader" className="text-right">
              Size
            </span>
          </div>
        </div>
        <div role="rowgroup" className="relative" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, key, start }) => {
            const entry = entries[index];
            return entry === undefined ? null : (
              <ActivityRow key={key} entry={entry} name={apiName(catalog, entry.api)} index={index} top={start} />
            );
          })}
        </div>
      </div>
    </div>
  );
}

function ActivityRow({ entry, name, index, top }: { entry: ActivityEntry; name: string; index: number; top: number }) {
  const selected = useApp((state) => state.selectedRequest === entry.requestId);
  const outcome = requestOutcomeOf(entry);
  const open = () => useApp.setState({ selectedRequest: selected ? null : entry.requestId });
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- the path inside is the button for the keyboard
    <div
      role="row"
      aria-rowindex={index + 2}
      onClick={open}
      className={`absolute inset-x-0 border-b border-line text-sm ${columns} ${selected ? 'bg-accent-weak' : 'hover:bg-ground'}`}
      style={{ height: rowHeight, transform: `translateY(${top}px)` }}
    >
      <span role="cell" className="text-mute tabular-nums" title={formatAbsolute(entry.timeMs)}>
        {formatClock(entry.timeMs)}
      </span>
      <span role="cell" className="truncate">
        {name}
      </span>
      <span role="cell" className="truncate font-mono text-xs">
        {entry.method}
      </span>
      <span role="cell" className="min-w-0">
        <button
          type="button"
          id={`request-${entry.requestId}`}
          aria-expanded={selected}
          title={entry.path}
          onClick={(event) => {
            event.stopPropagation();
            open();
          }}
          className="block max-w-full truncate rounded font-mono text-xs"
        >
          {entry.path}
        </button>
      </span>
      <span role="cell" className={entry.decision === 'deny' ? 'font-medium text-bad' : 'text-ok'}>
        {entry.decision === 'deny' ? 'denied' : 'allowed'}
      </span>
      <span role="cell">
        <Badge tone={outcome.tone}>{entry.decision === 'deny' ? (entry.status ?? '–') : outcome.label}</Badge>
      </span>
      <span role="cell" className="text-right tabular-nums">
        {entry.durationMs === null ? '–' : formatDuration(entry.durationMs)}
      </span>
      <span role="cell" className="text-right tabular-nums">
        {formatBytes(entry.responseBytes)}
      </span>
    </div>
  );
}

import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useLayoutEffect, useRef } from 'react';
import type { ActivityEntry } from '../../shared/activity.ts';
import type { Catalog } from '../../shared/catalog.ts';
import { ActivityRow, activityColumns, activityRowHeight as rowHeight, roomyCell } from './activity-row.tsx';
import { roomAbove } from '../../ui/model/room-above.ts';
import { apiName } from '../model/current-profile.ts';
import { text } from '../../shared/messages/text.ts';

/** The network table: only rows in view are in the page. Arrow keys move, Enter opens. */
export function ActivityTable({ entries, catalog }: { entries: readonly ActivityEntry[]; catalog: Catalog | null }) {
  const scroller = useRef<HTMLDivElement>(null);
  // oxlint-disable-next-line react/incompatible-library -- the rule is for the React compiler, which isn't used
  const virtualizer = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => entries[index]?.requestId ?? index,
    overscan: 12,
    scrollPaddingStart: rowHeight,
  });
  const onMove = useCallback(
    (index: number, key: string) => {
      const target = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: entries.length - 1 }[key];
      const entry = target === undefined ? undefined : entries[target];
      if (target === undefined || entry === undefined) return target !== undefined;
      virtualizer.scrollToIndex(target);
      const row = () => document.getElementById(`request-${entry.requestId}`);
      // A row in view has the focus before the next key comes; a far one is in the page after the next frame only.
      if (row() === null) requestAnimationFrame(() => row()?.focus());
      else row()?.focus();
      return true;
    },
    [entries, virtualizer],
  );
  const newest = entries[0]?.requestId;
  const lastNewest = useRef(newest);
  useLayoutEffect(() => {
    const added = entries.findIndex((entry) => entry.requestId === lastNewest.current);
    lastNewest.current = newest;
    // Whoever has scrolled down to read keeps the same rows in view while new ones come in above.
    if (added > 0 && scroller.current !== null && scroller.current.scrollTop > 0) {
      scroller.current.scrollTop += added * rowHeight;
    }
  }, [entries, newest]);
  return (
    // As high as its rows, and no higher than the screen.
    <div
      ref={scroller}
      className="@container min-h-0 flex-initial overflow-auto [overflow-anchor:none] rounded-xl border border-line bg-panel"
    >
      <table aria-label={text('activity.requests')} aria-rowcount={entries.length + 1} className="block">
        <thead className="sticky top-0 z-10 block border-b border-line bg-side">
          <tr aria-rowindex={1} className={`${activityColumns} h-8 text-xs font-semibold text-mute`}>
            <th scope="col" className="truncate text-start font-semibold">
              {text('activity.time')}
            </th>
            <th scope="col" className={`truncate text-start font-semibold ${roomyCell}`}>
              {text('activity.api')}
            </th>
            <th scope="col" className="truncate text-start font-semibold">
              <span className="@max-[500px]:sr-only">{text('activity.method')}</span>
            </th>
            <th scope="col" className="truncate text-start font-semibold">
              {text('activity.path')}
            </th>
            <th scope="col" className="truncate text-start font-semibold">
              {text('activity.decision')}
            </th>
            <th scope="col" className={`truncate text-start font-semibold ${roomyCell}`}>
              {text('activity.status')}
            </th>
            <th scope="col" className={`truncate text-end font-semibold ${roomyCell}`}>
              {text('activity.duration')}
            </th>
            <th scope="col" className="hidden truncate text-end font-semibold @min-[680px]:block">
              {text('activity.size')}
            </th>
          </tr>
        </thead>
        <tbody className="flow-root" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, key }, place, rows) => {
            const entry = entries[index];
            return entry === undefined ? null : (
              <ActivityRow
                key={key}
                entry={entry}
                name={apiName(catalog, entry.api)}
                index={index}
                room={roomAbove(rows, place)}
                onMove={onMove}
              />
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

import { useVirtualizer } from '@tanstack/react-virtual';
import { type Ref, useCallback, useImperativeHandle, useMemo, useRef } from 'react';
import { causeOf } from '../../shared/cause.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import type { ApiListItem } from '../model/api-list.ts';
import { pushedDown, roomAbove } from '../../ui/model/room-above.ts';
import { ApiRowView } from './api-row.tsx';
import { text } from '../../shared/messages/text.ts';

export interface ApiListHandle {
  /** Puts the focus on the first API. */
  focusFirst(): void;
}

/** Heights in pixels, as the classes say. */
const heights = { heading: 44, api: 63 } as const;
const heightClass = { heading: 'h-11', api: 'h-[63px]' } as const;

/** The list of APIs; only what is in view is in the page, so thousands scroll at full speed. Arrow keys move the focus. */
export function ApiList({
  items,
  profile,
  ref,
}: {
  items: readonly ApiListItem[];
  profile: ProfileSnapshot;
  ref?: Ref<ApiListHandle>;
}) {
  const { id, signIn, tunnel, relayName, catalog, requests } = profile;
  const cause = causeOf(profile);
  const causeKey = cause === null ? '' : `${cause.code} ${cause.awaits}`;
  // Pings, attempts and the like change the tunnel and no row.
  const shown = useMemo(
    () => ({ id, signIn, tunnel, relayName, catalog, ...(requests === undefined ? {} : { requests }) }),
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- as said
    [id, causeKey, relayName, catalog, requests],
  );
  const scroller = useRef<HTMLDivElement>(null);
  // oxlint-disable-next-line react/incompatible-library -- the rule is for the React compiler, which isn't used
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => heights[items[index]?.type ?? 'api'],
    getItemKey: (index) => itemKey(items[index], index),
    overscan: 8,
    paddingEnd: 20,
  });

  const focusRow = useCallback(
    (from: number, step: 1 | -1) => {
      let index = from;
      while (items[index]?.type === 'heading') index += step;
      const item = items[index];
      if (item?.type !== 'api') return;
      virtualizer.scrollToIndex(index, { align: 'auto' });
      const row = () => document.getElementById(`api-${item.api.id}`);
      // A row in view has the focus before the next key comes; a far one is in the page after the next frame only.
      if (row() === null) requestAnimationFrame(() => row()?.focus());
      else row()?.focus();
    },
    [items, virtualizer],
  );
  const onMove = useCallback(
    (index: number, key: string) => {
      const move = moves[key]?.(index, items.length);
      if (move !== undefined) focusRow(move.to, move.step);
      return move !== undefined;
    },
    [items, focusRow],
  );
  useImperativeHandle(ref, () => ({ focusFirst: () => focusRow(0, 1) }));

  return (
    <div ref={scroller} className="-mx-[22px] min-h-0 flex-1 overflow-y-auto [overflow-anchor:none] px-[22px]">
      <ul aria-label={text('apis.title')} className="flow-root" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, key }, place, rows) => {
          const item = items[index];
          if (item === undefined) return null;
          return (
            <li key={key} className={heightClass[item.type]} style={pushedDown(roomAbove(rows, place))}>
              {item.type === 'heading' ? (
                <h2 className="flex h-full items-end px-0.5 pb-2 text-xs font-semibold text-faint">{item.title}</h2>
              ) : (
                <ApiRowView row={item} index={index} profile={shown} onMove={onMove} />
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

const moves: Record<string, (at: number, count: number) => { to: number; step: 1 | -1 }> = {
  ArrowDown: (at) => ({ to: at + 1, step: 1 }),
  ArrowUp: (at) => ({ to: at - 1, step: -1 }),
  Home: () => ({ to: 0, step: 1 }),
  End: (_, count) => ({ to: count - 1, step: -1 }),
};

function itemKey(item: ApiListItem | undefined, index: number): string {
  if (item === undefined) return String(index);
  return item.type === 'heading' ? `heading-${item.title}` : `api-${item.api.id}`;
}

import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useLayoutEffect, useRef, useState } from 'react';
import type { CatalogEntry } from '../../shared/catalog.ts';
import { text } from '../../shared/messages/text.ts';
import { Badge } from '../../ui/components/badge.tsx';
import { CopyButton } from '../../ui/components/copy-button.tsx';
import { PartTitle } from '../../ui/components/fact-list.tsx';
import { scrollerOf } from '../../ui/components/scroll-page.tsx';
import { Tile } from '../../ui/components/tile.tsx';
import { pushedDown, roomAbove } from '../../ui/model/room-above.ts';
import { accessLevelLabel, unlockText } from '../model/access-level.ts';
import { selectApi } from '../store/app-store.ts';
import { moveBetweenResults } from './access-search.tsx';
import { lockLine } from '../model/lock-text.ts';
import { PermissionList } from './permission-list.tsx';

/** So many are drawn at once; of more, only what is in view. */
const mostAtOnce = 60;
/** Of a row with a few permissions, in pixels; each is measured once it is drawn. */
const usualHeight = 110;

/** What the person may do with these APIs, or what would unlock them. */
export const AccessGroup = memo(function AccessGroup({
  title,
  apis,
}: {
  title: string;
  apis: readonly CatalogEntry[];
}) {
  if (apis.length === 0) return null;
  return (
    <section>
      <PartTitle>{title}</PartTitle>
      {apis.length > mostAtOnce ? (
        <LongList apis={apis} />
      ) : (
        <ul className={listLook}>
          {apis.map((api) => (
            <li key={api.id} className={rowLook}>
              <ApiAccess api={api} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
});

const listLook = 'overflow-hidden rounded-xl border border-line bg-panel';
const rowLook = '@container border-line not-first:border-t';

/** The same of thousands: the rows scroll with the page, of which the list is a part. */
function LongList({ apis }: { apis: readonly CatalogEntry[] }) {
  const list = useRef<HTMLUListElement>(null);
  const [above, setAbove] = useState(0);
  useLayoutEffect(() => {
    const scroller = scrollerOf(list.current);
    const content = scroller?.firstElementChild ?? null;
    if (scroller === null || content === null) return undefined;
    const measure = () => {
      if (list.current === null) return;
      setAbove(list.current.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop);
    };
    measure();
    // What stands above comes, goes and grows: requests, a form, what a search finds.
    const watch = new ResizeObserver(measure);
    watch.observe(content);
    return () => watch.disconnect();
  }, []);
  // oxlint-disable-next-line react/incompatible-library -- the rule is for the React compiler, which isn't used
  const virtualizer = useVirtualizer({
    count: apis.length,
    getScrollElement: () => scrollerOf(list.current),
    estimateSize: () => usualHeight,
    getItemKey: (index) => apis[index]?.id ?? index,
    overscan: 6,
    scrollMargin: above,
  });
  return (
    <ul ref={list} className={`${listLook} flow-root`} style={{ height: virtualizer.getTotalSize() }}>
      {virtualizer.getVirtualItems().map(({ index, key, start }, place, rows) => {
        const api = apis[index];
        // The first one stands below what is left out above it, and that begins with the list.
        const room = place === 0 ? start - above : roomAbove(rows, place);
        return api === undefined ? null : (
          <li
            key={key}
            ref={virtualizer.measureElement}
            data-index={index}
            aria-posinset={index + 1}
            aria-setsize={apis.length}
            className={index === 0 ? '@container' : '@container border-t border-line'}
            style={pushedDown(room)}
          >
            <ApiAccess api={api} />
          </li>
        );
      })}
    </ul>
  );
}

function ApiAccess({ api }: { api: CatalogEntry }) {
  return (
    <div className="flex gap-3 px-3.5 py-3">
      <Tile id={api.id} name={api.name} look={api.look} locked={api.access === 'locked'} />
      <div className="grid min-w-0 flex-1 grid-cols-1 gap-1.5">
        <div className="flex min-h-7 items-start gap-3 @max-[620px]:flex-wrap">
          <h3 className="flex min-w-0 flex-1 flex-wrap items-center gap-1.5 pt-[3px] font-semibold">
            <button
              type="button"
              data-result
              className="min-w-0 rounded text-start break-words hover:underline"
              onKeyDown={moveBetweenResults}
              onClick={() => selectApi(api.id)}
            >
              {api.name}
            </button>
            {api.access === 'open' && api.lock === undefined && <Badge tone="ok">{accessLevelLabel(api.level)}</Badge>}
          </h3>
          {api.owner !== undefined && (
            <p className="flex min-h-7 max-w-[45%] min-w-0 items-center gap-1 text-sm text-mute @max-[620px]:w-full @max-[620px]:max-w-full">
              <span className="min-w-0 text-end text-balance [overflow-wrap:anywhere] @max-[620px]:text-start @max-[620px]:text-wrap">
                {text('access.ask-owner', { owner: api.owner })}
              </span>
              <CopyButton text={api.owner} label={text('access.copy-owner', { api: api.name })} />
            </p>
          )}
        </div>
        {api.lock !== undefined && <p className="break-words text-bad">{lockLine(api.lock)}</p>}
        {api.access === 'locked' ? (
          <p className="break-words text-mute">{unlockText(api.unlockedBy)}</p>
        ) : (
          <PermissionList permissions={api.permissions} />
        )}
      </div>
    </div>
  );
}

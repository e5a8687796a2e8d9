import { Hint } from '../../ui/components/hint.tsx';
import { useMedia } from '../../ui/components/use-media.ts';
import type { Me } from '../api/admin-api.ts';
import { type ConsolePage, pages } from '../pages/pages.ts';
import { Link } from '../route/link.tsx';
import { hrefOf } from '../route/place.ts';
import { PersonMenu } from './person-menu.tsx';
import { RelayCard } from './relay-card.tsx';
import { usePageCounts } from './use-page-counts.ts';

/** The pages that the person’s roles offer; icons only when the window is narrow. */
export function Sidebar({ me, current }: { me: Me; current: string }) {
  const isNarrow = useMedia('(max-width: 959px)');
  const counts = usePageCounts(me);
  return (
    <header
      className={`@container flex shrink-0 flex-col gap-3.5 overflow-y-auto border-e border-line bg-side px-2.5 py-3.5 ${isNarrow ? 'w-16' : 'w-[216px]'}`}
    >
      <RelayCard isSmall={isNarrow} />
      <nav aria-label="Pages" className="flex flex-col gap-0.5">
        {pages
          .filter(({ right }) => me.rights.includes(right))
          .map((page) => (
            <PageLink
              key={page.id}
              page={page}
              isCurrent={page.id === current}
              isNarrow={isNarrow}
              count={counts[page.id] ?? 0}
            />
          ))}
      </nav>
      <div className="mt-auto">
        <PersonMenu me={me} />
      </div>
    </header>
  );
}

/** A page of what waits holds a hundred: more than that needs no exact number. */
export function countWords(count: number): string {
  return count > 99 ? '99+' : String(count);
}

interface PageLinkProps {
  readonly page: ConsolePage;
  readonly isCurrent: boolean;
  readonly isNarrow: boolean;
  readonly count: number;
}

function PageLink({ page: { id, name, icon: Icon }, isCurrent, isNarrow, count }: PageLinkProps) {
  const look = isCurrent ? 'bg-accent-weak text-accent' : 'text-mute hover:bg-line/60 hover:text-text';
  const link = (
    <Link
      href={hrefOf(id)}
      aria-current={isCurrent ? 'page' : undefined}
      className={`relative flex h-[34px] items-center gap-2.5 rounded-lg font-medium transition-colors ${isNarrow ? 'justify-center' : 'px-2.5'} ${look}`}
    >
      <Icon aria-hidden className="size-4 shrink-0" />
      <span className={isNarrow ? 'sr-only' : 'min-w-0 flex-1 truncate'}>{name}</span>
      {count > 0 && (
        <span className={isNarrow ? 'absolute end-1.5 top-1 size-2 rounded-full bg-bad-fill' : 'text-xs tabular-nums'}>
          <span className={isNarrow ? 'sr-only' : ''}>{countWords(count)}</span>
          <span className="sr-only"> waiting</span>
        </span>
      )}
    </Link>
  );
  return isNarrow ? (
    <Hint text={name} side="right">
      {link}
    </Hint>
  ) : (
    link
  );
}

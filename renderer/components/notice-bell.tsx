import { Bell } from 'lucide-react';
import { Popover } from 'radix-ui';
import { text } from '../../shared/messages/text.ts';
import { Button } from '../../ui/components/button.tsx';
import { Hint } from '../../ui/components/hint.tsx';
import { overlays } from '../../ui/components/overlays.ts';
import { useApp } from '../store/app-store.ts';
import { command } from '../store/commands.ts';
import { NoticeRow } from './notice-row.tsx';

/** What the person was told of, over restarts, behind a bell with the number of what wasn’t read. */
export function NoticeBell() {
  const notices = useApp((state) => state.keptNotices);
  const isOpen = useApp((state) => state.noticesOpen);
  const unread = notices.filter(({ read }) => !read).length;
  const label = unread === 0 ? text('notices.title') : text('notices.unread', { count: unread });
  const setOpen = (noticesOpen: boolean) => {
    useApp.setState({ noticesOpen });
    // What was looked at is read; it stays marked as new until the list is closed.
    if (!noticesOpen && unread > 0) command('notices:read', { ids: 'all' });
  };
  return (
    <Popover.Root open={isOpen} onOpenChange={setOpen}>
      <Hint text={label} side="right">
        <Popover.Trigger asChild>
          <button
            type="button"
            aria-label={label}
            className="relative grid size-8 shrink-0 place-items-center rounded-lg text-mute transition-colors hover:bg-line/60 hover:text-text"
          >
            <Bell aria-hidden className="size-4" />
            {unread > 0 && (
              <span
                aria-hidden
                className="absolute end-0 top-0 grid h-4 min-w-4 place-items-center rounded-full bg-accent-fill px-1 text-[10px] leading-none font-semibold text-on-fill tabular-nums"
              >
                {unread > 99 ? '99' : unread}
              </span>
            )}
          </button>
        </Popover.Trigger>
      </Hint>
      <Popover.Portal container={overlays()}>
        <Popover.Content
          aria-label={text('notices.title')}
          side="right"
          align="end"
          sideOffset={8}
          collisionPadding={8}
          className="appear z-30 flex max-h-[min(70vh,36rem)] w-[360px] max-w-[calc(100vw-1rem)] flex-col rounded-xl border border-line bg-panel shadow-floating"
        >
          <div className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-2.5">
            <h2 className="font-semibold">{text('notices.title')}</h2>
            {notices.length > 0 && (
              <span className="flex gap-1">
                {unread > 0 && (
                  <Button look="quiet" onClick={() => command('notices:read', { ids: 'all' })}>
                    {text('notices.read-all')}
                  </Button>
                )}
                <Button look="quiet" onClick={() => command('notices:clear')}>
                  {text('notices.clear')}
                </Button>
              </span>
            )}
          </div>
          {notices.length === 0 ? (
            <p className="px-4 py-6 text-center text-mute">
              <span className="block font-medium text-text">{text('notices.empty')}</span>
              {text('notices.empty.text')}
            </p>
          ) : (
            // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a list that scrolls must be reachable by keyboard
            <ul tabIndex={0} aria-label={text('notices.title')} className="min-h-0 overflow-y-auto">
              {notices.map((notice) => (
                <NoticeRow key={notice.id} notice={notice} onDone={() => setOpen(false)} />
              ))}
            </ul>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

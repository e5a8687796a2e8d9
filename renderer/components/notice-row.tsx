import { text } from '../../shared/messages/text.ts';
import type { Notice } from '../../shared/notice.ts';
import { noticeAction } from '../../shared/notice-action.ts';
import { noticeWords } from '../../shared/notice-text.ts';
import { Badge } from '../../ui/components/badge.tsx';
import { Button } from '../../ui/components/button.tsx';
import { Moment } from '../../ui/components/moment.tsx';
import { useApp } from '../store/app-store.ts';
import { command } from '../store/commands.ts';
import { showPlace } from '../store/show-place.ts';
import { signInTo } from '../store/sign-in-to.ts';

/** One notice: what happened, when, at which relay, and the one thing to do about it. */
export function NoticeRow({ notice, onDone }: { notice: Notice; onDone: () => void }) {
  const { title, body, action } = noticeWords(notice);
  return (
    <li className="grid justify-items-start gap-1 border-t border-line px-4 py-3 first:border-t-0">
      <h3 className="flex flex-wrap items-center gap-x-2 font-medium break-words">
        <span className="min-w-0 break-words">{title}</span>
        {!notice.read && <Badge tone="ok">{text('notices.is-new')}</Badge>}
      </h3>
      {body !== '' && <p className="text-sm break-words text-mute">{body}</p>}
      <p className="text-xs text-faint">
        {notice.relayName !== '' && `${notice.relayName} · `}
        <Moment timeMs={notice.atMs} />
      </p>
      <Button
        className="mt-1"
        onClick={() => {
          onDone();
          follow(notice);
        }}
      >
        {action}
      </Button>
    </li>
  );
}

/** Does what a notice’s button says. */
function follow(notice: Notice): void {
  command('notices:read', { ids: [notice.id] });
  const action = noticeAction(notice);
  if (action.type === 'sign-in') {
    const profile = useApp.getState().snapshot?.profiles.find(({ id }) => id === action.profileId);
    if (profile !== undefined) signInTo(profile);
    return;
  }
  const isHere = action.profileId === '' || useApp.getState().snapshot?.currentProfileId === action.profileId;
  if (!isHere && !('profileId' in action.place)) command('profile:select', { profileId: action.profileId });
  showPlace(action.place);
}

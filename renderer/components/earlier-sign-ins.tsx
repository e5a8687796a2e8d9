import { text } from '../../shared/messages/text.ts';
import type { OwnSession } from '../../shared/own-session.ts';
import { Button } from '../../ui/components/button.tsx';
import { ConfirmDialog } from '../../ui/components/confirm-dialog.tsx';
import { Moment } from '../../ui/components/moment.tsx';
import { richText } from '../model/rich-text.ts';
import { ProblemCard } from './problem-card.tsx';
import { useEndSessions } from './use-end-sessions.ts';
import type { OwnSessions } from './use-own-sessions.ts';

/** Earlier sign-ins of this app on this device that nobody has ended, and the way to end them all. */
export function EarlierSignIns({
  profileId,
  earlier,
  heard,
}: {
  profileId: string;
  /** Last used first. */
  earlier: readonly OwnSession[];
  heard: OwnSessions;
}) {
  const { ending, end } = useEndSessions(profileId, heard);
  const [last] = earlier;
  if (last === undefined) return null;
  const count = earlier.length;
  const endAll = () => end({ ids: earlier.map(({ id }) => id) }, text('sessions.earlier.name'));
  return (
    <div className="mt-2.5 grid gap-2.5">
      {ending.status === 'failed' && (
        <ProblemCard problem={ending.problem}>
          <Button onClick={endAll}>{text('app.try-again')}</Button>
        </ProblemCard>
      )}
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-xl border border-line bg-panel px-4 py-2.5">
        <p className="min-w-0 flex-1 basis-56 text-sm break-words text-mute">
          {richText('sessions.earlier', { count, used: <Moment timeMs={last.lastUsedAtMs} /> })}
        </p>
        <ConfirmDialog
          trigger={<Button disabled={ending.status === 'ending'}>{text('sessions.earlier.end', { count })}</Button>}
          title={text('sessions.earlier.title', { count })}
          text={text('sessions.earlier.text')}
          action={text('sessions.earlier.end', { count })}
          onConfirm={endAll}
        />
      </div>
    </div>
  );
}

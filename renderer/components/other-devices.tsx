import { MonitorSmartphone } from 'lucide-react';
import { useRef, useState } from 'react';
import type { UserProblem } from '../../shared/errors.ts';
import { causeOf } from '../../shared/cause.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { catalogOf } from '../model/current-profile.ts';
import { deviceName, type SplitSessions } from '../model/session-text.ts';
import { notify } from '../store/app-store.ts';
import { ask } from '../store/commands.ts';
import { Button } from '../../ui/components/button.tsx';
import { ConfirmDialog } from '../../ui/components/confirm-dialog.tsx';
import { Moment } from '../../ui/components/moment.tsx';
import { TunnelNote } from './tunnel-note.tsx';
import { ProblemCard } from './problem-card.tsx';
import { SessionRow } from './session-row.tsx';
import { SkeletonList } from '../../ui/components/skeleton.tsx';
import type { OwnSessions } from './use-own-sessions.ts';
import { text } from '../../shared/messages/text.ts';
import { richText } from '../model/rich-text.ts';

type Which = 'others' | { readonly id: string };
type Ending =
  | { readonly status: 'idle' }
  | { readonly status: 'ending'; readonly which: Which }
  | { readonly status: 'failed'; readonly which: Which; readonly name: string; readonly problem: UserProblem };

export interface OtherDevicesProps {
  readonly profile: ProfileSnapshot;
  readonly heard: OwnSessions;
  /** Null while nothing was heard. */
  readonly split: SplitSessions | null;
  /** Sign-ins on devices that the person hadn't used before, and not looked at yet. */
  readonly newIds: readonly string[];
}

/** The person's sessions on other devices, and the way to end one or all of them. */
export function OtherDevices({ profile, heard, split, newIds }: OtherDevicesProps) {
  const [ending, setEnding] = useState<Ending>({ status: 'idle' });
  const heading = useRef<HTMLHeadingElement>(null);
  const isSignedIn = profile.signIn.status === 'signed-in';
  const others = split?.others ?? [];
  const waits = causeOf(profile) !== null;

  const end = (which: Which, name: string) => {
    setEnding({ status: 'ending', which });
    void ask('sessions:end', { profileId: profile.id, which }).then(async (result) => {
      setEnding(result.ok ? { status: 'idle' } : { status: 'failed', which, name, problem: result.problem });
      if (result.ok)
        notify({ tone: 'info', title: text('sessions.ended', { name }), text: text('sessions.ended.text') });
      await heard.refresh();
      // The button that had the focus may be gone with its row.
      if (result.ok) heading.current?.focus();
      return result.ok;
    });
  };

  return (
    <section>
      <div className="mb-2 flex flex-wrap items-end justify-between gap-2">
        <h2 ref={heading} tabIndex={-1} className="mx-0.5 text-xs font-semibold text-faint outline-none">
          {split?.own === null && others.length > 0 ? text('sessions.yours') : text('sessions.others')}
        </h2>
        {isSignedIn && split?.own !== null && others.length > 0 && (
          <ConfirmDialog
            trigger={<Button disabled={ending.status === 'ending'}>{text('sessions.end-others')}</Button>}
            title={text('sessions.end-others.title', { count: others.length })}
            text={text('sessions.end-others.text')}
            action={text('sessions.end-others')}
            onConfirm={() => end('others', text('sessions.all-others'))}
          />
        )}
      </div>
      {!isSignedIn && (
        <p className="rounded-xl border border-line bg-panel px-4 py-3 text-mute">{text('sessions.after-sign-in')}</p>
      )}
      {isSignedIn && (
        <div className="grid grid-cols-1 gap-2.5">
          {ending.status === 'failed' && (
            <ProblemCard problem={ending.problem}>
              {/* It may have ended all the same, at the one relay that could be reached. */}
              {isThere(ending.which, split) ? (
                <Button onClick={() => end(ending.which, ending.name)}>{text('app.try-again')}</Button>
              ) : undefined}
            </ProblemCard>
          )}
          {/* While requests wait, the list does for the same cause, which is told alike. */}
          {heard.problem !== null && waits && <TunnelNote profile={profile} />}
          {heard.problem !== null && !waits && ending.status !== 'failed' && (
            <ProblemCard problem={heard.problem}>
              <Button onClick={() => void heard.refresh()}>{text('app.try-again')}</Button>
            </ProblemCard>
          )}
          {heard.problem !== null && split !== null && (
            <p className="mx-0.5 text-sm text-mute">
              {richText('sessions.as-of', { time: <Moment timeMs={heard.atMs} /> })}
            </p>
          )}
          {split === null && heard.problem === null && <SkeletonList rows={2} label={text('sessions.loading')} />}
          {split !== null && others.length === 0 && <NowhereElse />}
          {others.length > 0 && (
            <ul aria-label={text('sessions.others')} className="overflow-hidden rounded-xl border border-line bg-panel">
              {others.map((session) => (
                <SessionRow
                  key={session.id}
                  profileId={profile.id}
                  session={session}
                  catalog={catalogOf(profile)}
                  isNew={newIds.includes(session.id)}
                  busy={ending.status === 'ending' && (ending.which === 'others' || ending.which.id === session.id)}
                  onRenamed={heard.refresh}
                  onEnd={() => end({ id: session.id }, deviceName(session))}
                />
              ))}
            </ul>
          )}
          {others.length > 0 && <p className="mx-0.5 text-sm text-mute">{text('sessions.unknown-one')}</p>}
        </div>
      )}
    </section>
  );
}

function isThere(which: Which, split: SplitSessions | null): boolean {
  const others = split?.others ?? [];
  return which === 'others' ? others.length > 0 : others.some(({ id }) => id === which.id);
}

function NowhereElse() {
  return (
    <p className="flex items-center gap-3 rounded-xl border border-line bg-panel px-4 py-3 text-mute">
      <MonitorSmartphone aria-hidden className="size-4 shrink-0 text-faint" />
      {text('sessions.nowhere-else')}
    </p>
  );
}

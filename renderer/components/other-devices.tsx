import { MonitorSmartphone } from 'lucide-react';
import { useRef } from 'react';
import { causeOf } from '../../shared/cause.ts';
import type { SessionsToEnd } from '../../shared/own-session.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { catalogOf } from '../model/current-profile.ts';
import { countOthers, type SplitSessions } from '../model/device-sessions.ts';
import { deviceName } from '../model/session-text.ts';
import { Button } from '../../ui/components/button.tsx';
import { ConfirmDialog } from '../../ui/components/confirm-dialog.tsx';
import { Moment } from '../../ui/components/moment.tsx';
import { TunnelNote } from './tunnel-note.tsx';
import { DeviceRow } from './device-row.tsx';
import { ProblemCard } from './problem-card.tsx';
import { SkeletonList } from '../../ui/components/skeleton.tsx';
import { useEndSessions } from './use-end-sessions.ts';
import type { OwnSessions } from './use-own-sessions.ts';
import { text } from '../../shared/messages/text.ts';
import { richText } from '../model/rich-text.ts';

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
  const { ending, end } = useEndSessions(profile.id, heard);
  const heading = useRef<HTMLHeadingElement>(null);
  const isSignedIn = profile.signIn.status === 'signed-in';
  const others = split?.others ?? [];
  const waits = causeOf(profile) !== null;

  // The button that had the focus may be gone with its row.
  const endAll = (which: SessionsToEnd, name: string) => end(which, name, () => heading.current?.focus());

  return (
    <section>
      <div className="mb-2 flex flex-wrap items-end justify-between gap-2">
        <h2 ref={heading} tabIndex={-1} className="mx-0.5 text-xs font-semibold text-faint outline-none">
          {split?.own === null && others.length > 0 ? text('sessions.yours') : text('sessions.others')}
        </h2>
        {isSignedIn && split !== null && split.own !== null && countOthers(split) > 0 && (
          <ConfirmDialog
            trigger={<Button disabled={ending.status === 'ending'}>{text('sessions.end-others')}</Button>}
            title={text('sessions.end-others.title', { count: countOthers(split) })}
            text={text('sessions.end-others.text')}
            action={text('sessions.end-others')}
            onConfirm={() => endAll('others', text('sessions.all-others'))}
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
                <Button onClick={() => endAll(ending.which, ending.name)}>{text('app.try-again')}</Button>
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
              {others.map((device) => {
                const ids = device.sessions.map(({ id }) => id);
                return (
                  <DeviceRow
                    key={device.lead.device.id ?? device.lead.id}
                    profileId={profile.id}
                    device={device}
                    catalog={catalogOf(profile)}
                    isNew={ids.some((id) => newIds.includes(id))}
                    busy={ending.status === 'ending' && isOneOf(ending.which, ids)}
                    onRenamed={heard.refresh}
                    onEnd={() => endAll(allOf(ids), deviceName(device.lead))}
                  />
                );
              })}
            </ul>
          )}
          {others.length > 0 && <p className="mx-0.5 text-sm text-mute">{text('sessions.unknown-one')}</p>}
        </div>
      )}
    </section>
  );
}

function allOf(ids: readonly string[]): SessionsToEnd {
  const [id = '', ...more] = ids;
  return more.length === 0 ? { id } : { ids };
}

/** Whether any of these sessions is meant. */
function isOneOf(which: SessionsToEnd, ids: readonly string[]): boolean {
  if (which === 'others') return ids.length > 0;
  return 'id' in which ? ids.includes(which.id) : which.ids.some((id) => ids.includes(id));
}

function isThere(which: SessionsToEnd, split: SplitSessions | null): boolean {
  return isOneOf(which, split?.others.flatMap(({ sessions }) => sessions.map(({ id }) => id)) ?? []);
}

function NowhereElse() {
  return (
    <p className="flex items-center gap-3 rounded-xl border border-line bg-panel px-4 py-3 text-mute">
      <MonitorSmartphone aria-hidden className="size-4 shrink-0 text-faint" />
      {text('sessions.nowhere-else')}
    </p>
  );
}

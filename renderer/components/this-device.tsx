import { LogOut } from 'lucide-react';
import type { OwnSession } from '../../shared/own-session.ts';
import type { ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';
import { catalogOf } from '../model/current-profile.ts';
import { deviceName, usedApisText } from '../model/session-text.ts';
import { showScreen } from '../store/app-store.ts';
import { command } from '../store/commands.ts';
import { Badge } from '../../ui/components/badge.tsx';
import { Button } from '../../ui/components/button.tsx';
import { FactList, FactRow } from '../../ui/components/fact-list.tsx';
import { Moment } from '../../ui/components/moment.tsx';
import { EarlierSignIns } from './earlier-sign-ins.tsx';
import { RenameDevice } from './rename-device.tsx';
import type { OwnSessions } from './use-own-sessions.ts';
import { text } from '../../shared/messages/text.ts';
import { richText } from '../model/rich-text.ts';

export interface ThisDeviceProps {
  readonly snapshot: Snapshot;
  readonly profile: ProfileSnapshot;
  /** What the relay knows of this sign-in; null while that isn't known. */
  readonly own: OwnSession | null;
  /** Its earlier sign-ins that still go on. */
  readonly earlier: readonly OwnSession[];
  readonly heard: OwnSessions;
}

/** This device's session: since when and what it was used for, and the way out; how it is kept and bound is in Diagnostics. */
export function ThisDevice({ snapshot, profile, own, earlier, heard }: ThisDeviceProps) {
  const { signIn } = profile;
  return (
    <>
      <FactList>
        <FactRow name={text('sessions.device')}>
          {own === null ? profile.device.name : deviceName(own)}{' '}
          <Badge tone={signIn.status === 'signed-in' ? 'ok' : 'warning'}>
            {signIn.status === 'signed-in' ? text('sessions.signed-in') : text('sessions.not-signed-in')}
          </Badge>
        </FactRow>
        <FactRow name={text('sessions.system')}>
          {profile.update === undefined
            ? text('sessions.app', { system: profile.device.system, version: snapshot.appVersion })
            : text('sessions.app-old', {
                system: profile.device.system,
                version: snapshot.appVersion,
                newer: profile.update.recommendedVersion,
              })}
        </FactRow>
        {signIn.status === 'signed-in' && (
          <FactRow name={text('app.signed-in')}>
            {own?.addresses[0] === undefined ? (
              <Moment timeMs={signIn.sinceMs} />
            ) : (
              richText('sessions.time-from', {
                time: <Moment timeMs={signIn.sinceMs} />,
                address: own.addresses[0],
              })
            )}
          </FactRow>
        )}
        {signIn.status === 'signed-in' && own !== null && (
          <FactRow name={text('apis.title')}>{usedApisText(own.apis, catalogOf(profile))}</FactRow>
        )}
        {signIn.status === 'expired' && (
          <FactRow name={text('sessions.ended-at')}>
            {richText('sessions.ended-at.text', {
              time: <Moment timeMs={signIn.problem.atMs} />,
              detail: signIn.problem.detail,
            })}
          </FactRow>
        )}
      </FactList>
      {signIn.status === 'signed-in' && <EarlierSignIns profileId={profile.id} earlier={earlier} heard={heard} />}
      {signIn.status === 'signed-in' && (
        <div className="mt-4 flex flex-wrap items-center gap-3">
          <Button onClick={() => command('sign-in:sign-out', { profileId: profile.id })}>
            <LogOut aria-hidden className="size-4" /> {text('app.sign-out')}
          </Button>
          <p className="min-w-0 flex-1 basis-56 text-sm text-mute">{text('sessions.sign-out.text')}</p>
        </div>
      )}
      <div className="mt-2 flex flex-wrap items-start gap-x-4">
        {signIn.status === 'signed-in' && own !== null && (
          <RenameDevice profileId={profile.id} session={own} onRenamed={heard.refresh} />
        )}
        <Button look="quiet" className="-ms-[13px] forced-colors:ms-0" onClick={() => showScreen('diagnostics')}>
          {text('sessions.technical')}
        </Button>
      </div>
    </>
  );
}

import { LogOut } from 'lucide-react';
import type { ReactNode } from 'react';
import { assertNever } from '../../shared/errors.ts';
import type { OwnSession } from '../../shared/own-session.ts';
import type { ProfileSnapshot, SignInState, Snapshot, TunnelState } from '../../shared/snapshot.ts';
import { catalogOf } from '../model/current-profile.ts';
import { formatDuration } from '../../ui/model/format.ts';
import { addressHost } from '../model/relay-address.ts';
import { usedApisText } from '../model/session-text.ts';
import { type CauseNote, causeNote } from '../model/cause-note.ts';
import { command } from '../store/commands.ts';
import { Badge } from '../../ui/components/badge.tsx';
import { Button } from '../../ui/components/button.tsx';
import { CopyButton } from '../../ui/components/copy-button.tsx';
import { FactList, FactRow } from '../../ui/components/fact-list.tsx';
import { Moment } from '../../ui/components/moment.tsx';
import { text } from '../../shared/messages/text.ts';
import { richText } from '../model/rich-text.ts';

export interface ThisDeviceProps {
  readonly snapshot: Snapshot;
  readonly profile: ProfileSnapshot;
  /** What the relay knows of this sign-in; null while that isn't known. */
  readonly own: OwnSession | null;
}

/** This device's session: since when and what it was used for, and the way out; how it is kept and bound folds out. */
export function ThisDevice({ snapshot, profile, own }: ThisDeviceProps) {
  const { signIn } = profile;
  return (
    <>
      <FactList>
        <FactRow name={text('sessions.device')}>
          {profile.device.name}{' '}
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
      {signIn.status === 'signed-in' && (
        <div className="mt-4 flex flex-wrap items-center gap-3">
          <Button onClick={() => command('sign-in:sign-out', { profileId: profile.id })}>
            <LogOut aria-hidden className="size-4" /> {text('app.sign-out')}
          </Button>
          <p className="min-w-0 flex-1 basis-56 text-sm text-mute">{text('sessions.sign-out.text')}</p>
        </div>
      )}
      <details className="mt-3 text-sm">
        <summary className="w-fit rounded text-mute hover:text-text">{text('sessions.technical')}</summary>
        <div className="mt-2">
          <FactList>
            <FactRow name={text('shell.relay')}>
              {text('sessions.relay', { relay: profile.relayName, host: addressHost(profile.relayUrl) })}
            </FactRow>
            {signIn.status === 'signed-in' && <SignedInFacts signIn={signIn} />}
            <FactRow name={text('sessions.tunnel')}>
              <TunnelFact tunnel={profile.tunnel} note={causeNote(profile, snapshot.waitForTunnelMs)} />
            </FactRow>
          </FactList>
        </div>
      </details>
    </>
  );
}

function SignedInFacts({ signIn }: { signIn: Extract<SignInState, { status: 'signed-in' }> }) {
  return (
    <>
      <FactRow name={text('sessions.renews')}>
        {richText(signIn.renewalProblem === null ? 'app.renews-itself' : 'sessions.renews-not', {
          time: <Moment timeMs={signIn.expiresAtMs} />,
        })}
      </FactRow>
      <FactRow name={text('sessions.token')}>{text(`sessions.token.${signIn.bound}`)}</FactRow>
      <FactRow name={text('sessions.kept')}>{text(`sessions.kept.${signIn.kept}`)}</FactRow>
    </>
  );
}

function TunnelFact({ tunnel, note }: { tunnel: TunnelState; note: CauseNote | null }): ReactNode {
  switch (tunnel.status) {
    case 'open':
      return (
        <span className="flex flex-wrap items-center gap-x-2">
          <span>
            {tunnel.roundTripMs === null
              ? richText('tunnel.open', { time: <Moment timeMs={tunnel.sinceMs} /> })
              : richText('tunnel.open-round-trip', {
                  time: <Moment timeMs={tunnel.sinceMs} />,
                  roundTrip: formatDuration(tunnel.roundTripMs),
                })}
            {note !== null && `. ${note.title}`}
          </span>
          <span className="flex items-center gap-1 text-sm text-mute">
            <code className="font-mono text-xs break-all">{tunnel.sessionId}</code>
            <CopyButton text={tunnel.sessionId} label={text('tunnel.copy-id')} />
          </span>
        </span>
      );
    case 'connecting':
      return `${text('tunnel.connecting')} ${note?.text ?? ''}`;
    case 'reconnecting':
      return (
        <>
          {richText('tunnel.reconnecting', { time: <Moment timeMs={tunnel.sinceMs} />, attempt: tunnel.attempt })}{' '}
          {note?.text}
        </>
      );
    case 'closed':
      return text('tunnel.closed');
    default:
      return assertNever(tunnel);
  }
}

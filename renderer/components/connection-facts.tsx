import type { ReactNode } from 'react';
import { assertNever } from '../../shared/errors.ts';
import { text } from '../../shared/messages/text.ts';
import type { ProfileSnapshot, SignInState, TunnelState } from '../../shared/snapshot.ts';
import { CopyButton } from '../../ui/components/copy-button.tsx';
import { FactList, FactRow } from '../../ui/components/fact-list.tsx';
import { Moment } from '../../ui/components/moment.tsx';
import { formatDuration } from '../../ui/model/format.ts';
import { type CauseNote, causeNote } from '../model/cause-note.ts';
import { addressHost } from '../model/relay-address.ts';
import { richText } from '../model/rich-text.ts';
import { useApp } from '../store/app-store.ts';

/** How this device's sign-in is bound and kept, and how its tunnel is doing, as it changes. */
export function ConnectionFacts({ profile }: { profile: ProfileSnapshot }) {
  const waitMs = useApp((state) => state.snapshot?.waitForTunnelMs ?? 0);
  const { signIn, tunnel } = profile;
  return (
    <FactList>
      <FactRow name={text('shell.relay')}>
        {text('sessions.relay', { relay: profile.relayName, host: addressHost(profile.relayUrl) })}
      </FactRow>
      {signIn.status === 'signed-in' && <SignedInFacts signIn={signIn} />}
      <FactRow name={text('sessions.tunnel')}>
        <TunnelFact tunnel={tunnel} note={causeNote(profile, waitMs)} />
      </FactRow>
    </FactList>
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

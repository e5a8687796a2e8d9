import { LogOut } from 'lucide-react';
import type { ReactNode } from 'react';
import { assertNever } from '../../shared/errors.ts';
import type { ProfileSnapshot, SignInState, Snapshot } from '../../shared/snapshot.ts';
import { Badge } from '../components/badge.tsx';
import { Button } from '../components/button.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import { FactList, FactRow, PartTitle } from '../components/fact-list.tsx';
import { Moment } from '../components/moment.tsx';
import { ScreenHeader } from '../components/screen-header.tsx';
import { ScrollPage } from '../components/scroll-page.tsx';
import { addressHost } from '../model/relay-address.ts';
import { formatDuration } from '../model/format.ts';
import { tunnelText } from '../model/tunnel-text.ts';
import { command } from '../store/commands.ts';

/** This device's session: since when, how its token is bound and kept, and the way out. */
export function SessionsScreen({ snapshot, profile }: { snapshot: Snapshot; profile: ProfileSnapshot }) {
  const { signIn } = profile;
  return (
    <ScrollPage>
      <ScreenHeader title="Sessions">How this device is signed in to {profile.relayName}.</ScreenHeader>
      <PartTitle>This device</PartTitle>
      <FactList>
        <FactRow name="Device">
          {profile.device.name}{' '}
          <Badge tone={signIn.status === 'signed-in' ? 'ok' : 'warning'}>
            {signIn.status === 'signed-in' ? 'signed in' : 'not signed in'}
          </Badge>
        </FactRow>
        <FactRow name="System">{profile.device.system}</FactRow>
        <FactRow name="App">Causeway {snapshot.appVersion}</FactRow>
        <FactRow name="Relay">
          {profile.relayName}, {addressHost(profile.relayUrl)}
        </FactRow>
        {signIn.status === 'signed-in' && <SignedInFacts signIn={signIn} />}
        {signIn.status === 'expired' && <FactRow name="Ended">{signIn.problem.detail}</FactRow>}
        <FactRow name="Tunnel">
          <TunnelFact profile={profile} />
        </FactRow>
      </FactList>
      {signIn.status === 'signed-in' && (
        <div className="mt-4 flex flex-wrap items-center gap-3">
          <Button onClick={() => command('sign-in:sign-out', { profileId: profile.id })}>
            <LogOut aria-hidden className="size-4" /> Sign out
          </Button>
          <p className="min-w-0 flex-1 text-sm text-mute">
            Signing out ends all connections of this device and tells the sign-in service.
          </p>
        </div>
      )}
    </ScrollPage>
  );
}

function SignedInFacts({ signIn }: { signIn: Extract<SignInState, { status: 'signed-in' }> }) {
  return (
    <>
      <FactRow name="Signed in">
        <Moment timeMs={signIn.sinceMs} />
      </FactRow>
      <FactRow name="Sign-in renews">
        {signIn.renewalProblem === null ? 'By itself, at the latest ' : 'Can’t be renewed right now. Ends '}
        <Moment timeMs={signIn.expiresAtMs} />
      </FactRow>
      <FactRow name="Token">
        {signIn.bound === 'dpop'
          ? 'Bound to this device (DPoP): useless to a thief'
          : 'Bearer token, not bound to this device'}
      </FactRow>
      <FactRow name="Kept in">{keptText(signIn.kept)}</FactRow>
    </>
  );
}

function keptText(kept: 'keychain' | 'encrypted-file' | 'memory'): string {
  switch (kept) {
    case 'keychain':
      return 'The system’s keychain';
    case 'encrypted-file':
      return 'An encrypted file';
    case 'memory':
      return 'Memory only, until Causeway quits';
    default:
      return assertNever(kept);
  }
}

function TunnelFact({ profile: { tunnel, relayName } }: { profile: ProfileSnapshot }): ReactNode {
  switch (tunnel.status) {
    case 'open':
      return (
        <span className="flex flex-wrap items-center gap-x-2">
          <span>
            Open, since <Moment timeMs={tunnel.sinceMs} />
            {tunnel.roundTripMs !== null && `, ${formatDuration(tunnel.roundTripMs)} to the relay`}
            {tunnelText(tunnel, relayName) !== null && `. ${tunnelText(tunnel, relayName)?.title}`}
          </span>
          <span className="flex items-center gap-1 text-sm text-mute">
            <code className="font-mono text-xs break-all">{tunnel.sessionId}</code>
            <CopyButton text={tunnel.sessionId} label="Copy the session id" />
          </span>
        </span>
      );
    case 'connecting':
      return `Connecting. ${tunnelText(tunnel, relayName)?.text ?? ''}`;
    case 'reconnecting':
      return (
        <>
          Reconnecting since <Moment timeMs={tunnel.sinceMs} />, attempt {tunnel.attempt}.{' '}
          {tunnelText(tunnel, relayName)?.text}
        </>
      );
    case 'closed':
      return 'Opens with the first connection';
    default:
      return assertNever(tunnel);
  }
}

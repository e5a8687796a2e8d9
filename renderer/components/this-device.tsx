import { LogOut } from 'lucide-react';
import type { ReactNode } from 'react';
import { assertNever } from '../../shared/errors.ts';
import type { OwnSession } from '../../shared/own-session.ts';
import type { ProfileSnapshot, SignInState, Snapshot } from '../../shared/snapshot.ts';
import { catalogOf } from '../model/current-profile.ts';
import { formatDuration } from '../../ui/model/format.ts';
import { addressHost } from '../model/relay-address.ts';
import { usedApisText } from '../model/session-text.ts';
import { tunnelText } from '../model/tunnel-text.ts';
import { command } from '../store/commands.ts';
import { Badge } from '../../ui/components/badge.tsx';
import { Button } from '../../ui/components/button.tsx';
import { CopyButton } from '../../ui/components/copy-button.tsx';
import { FactList, FactRow } from '../../ui/components/fact-list.tsx';
import { Moment } from '../../ui/components/moment.tsx';

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
        <FactRow name="Device">
          {profile.device.name}{' '}
          <Badge tone={signIn.status === 'signed-in' ? 'ok' : 'warning'}>
            {signIn.status === 'signed-in' ? 'signed in' : 'not signed in'}
          </Badge>
        </FactRow>
        <FactRow name="System and app">
          {profile.device.system}, Causeway {snapshot.appVersion}
          {profile.update !== undefined && `. ${profile.update.recommendedVersion} or newer is recommended.`}
        </FactRow>
        {signIn.status === 'signed-in' && (
          <FactRow name="Signed in">
            <Moment timeMs={signIn.sinceMs} />
            {own?.addresses[0] !== undefined && `, from ${own.addresses[0]}`}
          </FactRow>
        )}
        {signIn.status === 'signed-in' && own !== null && (
          <FactRow name="APIs">{usedApisText(own.apis, catalogOf(profile))}</FactRow>
        )}
        {signIn.status === 'expired' && (
          <FactRow name="Ended">
            <Moment timeMs={signIn.problem.atMs} />. {signIn.problem.detail}
          </FactRow>
        )}
      </FactList>
      {signIn.status === 'signed-in' && (
        <div className="mt-4 flex flex-wrap items-center gap-3">
          <Button onClick={() => command('sign-in:sign-out', { profileId: profile.id })}>
            <LogOut aria-hidden className="size-4" /> Sign out
          </Button>
          <p className="min-w-0 flex-1 basis-56 text-sm text-mute">
            Signing out ends all connections of this device and tells the sign-in service.
          </p>
        </div>
      )}
      <details className="mt-3 text-sm">
        <summary className="w-fit rounded text-mute hover:text-text">Technical details</summary>
        <div className="mt-2">
          <FactList>
            <FactRow name="Relay">
              {profile.relayName}, {addressHost(profile.relayUrl)}
            </FactRow>
            {signIn.status === 'signed-in' && <SignedInFacts signIn={signIn} />}
            <FactRow name="Tunnel">
              <TunnelFact profile={profile} />
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

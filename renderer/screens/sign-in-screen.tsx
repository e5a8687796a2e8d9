import { ArrowLeft } from 'lucide-react';
import { useEffect, useState } from 'react';
import { nothingManaged } from '../../shared/managed/managed-state.ts';
import type { ProfileSnapshot, SignInState, Snapshot } from '../../shared/snapshot.ts';
import type { UserProblem } from '../../shared/errors.ts';
import { Button } from '../../ui/components/button.tsx';
import { Logo } from '../../ui/components/logo.tsx';
import { addsAccount } from '../model/known-account.ts';
import { signInProfileOf } from '../model/front-page.ts';
import { addressHost } from '../model/relay-address.ts';
import { useApp } from '../store/app-store.ts';
import { ask, command } from '../store/commands.ts';
import { BreakGlassOffer } from '../components/break-glass-offer.tsx';
import { PolicyProblems } from '../components/policy-problems.tsx';
import { OtherRelays } from '../components/other-relays.tsx';
import { ProxySignInForm } from '../components/proxy-sign-in-form.tsx';
import { DiagnosticsScreen } from './diagnostics-screen.tsx';
import { RelayForm } from './relay-form.tsx';
import { SignInWaiting } from './sign-in-waiting.tsx';
import { text } from '../../shared/messages/text.ts';

/** Sign-in from the relay's address to the browser and back. */
export function SignInScreen({ snapshot }: { snapshot: Snapshot }) {
  const addingRelay = useApp((state) => state.addingRelay);
  const [begun, setBegun] = useState<string | null>(null);
  const [startProblem, setStartProblem] = useState<UserProblem | null>(null);
  const [note, setNote] = useState<string | null>(null);
  const [starting, setStarting] = useState(false);
  const [isDiagnosing, setDiagnosing] = useState(false);
  const profile = signInProfileOf(snapshot, begun);
  const signIn: SignInState = profile?.signIn ?? { status: 'signed-out', problem: null };
  const signedIn = begun !== null && signIn.status === 'signed-in';

  useEffect(() => {
    if (!signedIn) return;
    command('profile:select', { profileId: begun });
    // Signing in again goes on where the person was.
    useApp.setState(({ addingRelay: isNew, screen }) => ({ addingRelay: false, screen: isNew ? 'apis' : screen }));
  }, [signedIn, begun]);

  const start = (relayUrl: string, breakGlass = false) => {
    setStartProblem(null);
    setStarting(true);
    // Whoever adds a relay where they are signed in already wants another account there.
    const another = addingRelay && isSignedInAt(snapshot, relayUrl);
    void ask('sign-in:start', {
      relayUrl,
      ...(breakGlass ? { breakGlass } : {}),
      ...(another ? { another } : {}),
    }).then((result) => {
      setStarting(false);
      if (result.ok) setBegun(result.value.profileId);
      else setStartProblem(result.problem);
      return result.ok;
    });
  };

  const suggested = suggestedAddress(snapshot, profile, addingRelay);
  const idle = signIn.status === 'signed-out' || signIn.status === 'expired' || signIn.status === 'signed-in';
  if (isDiagnosing && idle && profile !== null)
    return (
      <main className="flex h-full">
        <DiagnosticsScreen profile={profile} onBack={() => setDiagnosing(false)} />
      </main>
    );
  return (
    <main className="grid h-full overflow-y-auto p-6">
      <div className="m-auto grid w-full max-w-[420px] gap-5 py-4">
        <header className="grid justify-items-center gap-1 text-center">
          <Logo />
          <h1 className="mt-3 text-xl font-semibold tracking-tight">
            {idle ? text('sign-in.title') : text('sign-in.under-way', { host: addressHost(profile?.relayUrl ?? '') })}
          </h1>
          {!idle && note !== null && <p className="text-mute">{note}</p>}
          {!idle && profile !== null && addsAccount(snapshot, profile) && (
            <p className="text-mute">{text('accounts.adding')}</p>
          )}
          {idle && (
            <p className="text-mute">
              {text('sign-in.what')}
              <br />
              {text('sign-in.how')}
            </p>
          )}
        </header>
        {idle ? (
          <RelayForm
            key={suggested}
            suggested={suggested}
            recent={snapshot.recentRelayUrls}
            busy={starting}
            problem={startProblem ?? ('problem' in signIn ? signIn.problem : null)}
            note={note}
            profile={profile}
            onDiagnose={startProblem === null && profile !== null ? () => setDiagnosing(true) : null}
            onStart={(relayUrl, understood) => {
              setNote(understood);
              start(relayUrl);
            }}
          />
        ) : (
          <SignInWaiting
            signIn={signIn}
            onCancel={() => profile !== null && command('sign-in:cancel', { profileId: profile.id })}
            onChoose={(issuer) =>
              profile !== null && command('sign-in:choose-issuer', { profileId: profile.id, issuer })
            }
            onReopen={() => profile !== null && command('sign-in:reopen', { profileId: profile.id })}
          />
        )}
        {snapshot.proxySignIn !== undefined && <ProxySignInForm wanted={snapshot.proxySignIn} />}
        {idle && profile?.offersBreakGlass === true && signIn.status !== 'signed-in' && (
          <div className="justify-self-center">
            <BreakGlassOffer onStart={() => start(profile.relayUrl, true)} />
          </div>
        )}
        {idle && <PolicyProblems managed={snapshot.managed ?? nothingManaged} />}
        {idle && !addingRelay && <OtherRelays snapshot={snapshot} />}
        {addingRelay && idle && (
          <Button look="quiet" className="justify-self-center" onClick={() => useApp.setState({ addingRelay: false })}>
            <ArrowLeft aria-hidden className="size-4" /> {text('app.back')}
          </Button>
        )}
      </div>
    </main>
  );
}

function isSignedInAt({ profiles }: Snapshot, relayUrl: string): boolean {
  return profiles.some((profile) => profile.relayUrl === relayUrl && profile.signIn.status === 'signed-in');
}

/** The address last tried, else what IT or a link suggests, else the one used last; empty for a further relay. */
function suggestedAddress(snapshot: Snapshot, profile: ProfileSnapshot | null, addingRelay: boolean): string {
  if (profile !== null && 'problem' in profile.signIn && profile.signIn.problem !== null) return profile.relayUrl;
  if (snapshot.suggestedRelayUrl !== null) return snapshot.suggestedRelayUrl;
  return addingRelay ? '' : (profile?.relayUrl ?? snapshot.recentRelayUrls[0] ?? '');
}

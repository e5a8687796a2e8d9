import type { ProfileSnapshot, SignInState, Snapshot } from '../../shared/snapshot.ts';

/** A sign-in under way without its page: whoever has that address could show the person another one's sign-in. */
function shownSignIn(signIn: SignInState): SignInState {
  return signIn.status === 'waiting-for-browser'
    ? { status: 'waiting-for-browser', url: '', givesUpAtMs: signIn.givesUpAtMs }
    : signIn;
}

function shownProfile(profile: ProfileSnapshot): ProfileSnapshot {
  const { stepUp, ...rest } = profile;
  const shown = stepUp?.status === 'waiting-for-browser' ? { ...stepUp, url: '' } : stepUp;
  return { ...rest, signIn: shownSignIn(profile.signIn), ...(shown === undefined ? {} : { stepUp: shown }) };
}

/** The state as other programs of the person see it. A snapshot holds no secret; addresses of open sign-ins go, too. */
export function shownState(snapshot: Snapshot): Snapshot {
  return { ...snapshot, profiles: snapshot.profiles.map(shownProfile) };
}

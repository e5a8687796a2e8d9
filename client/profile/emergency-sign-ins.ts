import { type EmergencySignIn, emergencySignInId } from '../../shared/emergency-sign-in.ts';

/** So many are at hand; notices of earlier ones stay where they were told. */
const mostKept = 20;

/** Emergency sign-ins at the relay that it has told this owner of, each once, newest last. */
export function holdEmergencySignIns(onChange: () => void) {
  let all: readonly EmergencySignIn[] = [];
  return {
    get all(): readonly EmergencySignIn[] {
      return all;
    },
    add(signIn: EmergencySignIn): void {
      const id = emergencySignInId(signIn);
      if (all.some((known) => emergencySignInId(known) === id)) return;
      all = [...all, signIn].slice(-mostKept);
      onChange();
    },
    /** Nobody, or somebody else, is signed in from now on. */
    clear(): void {
      all = [];
    },
  };
}

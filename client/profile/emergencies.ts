import { type Emergency, emergencyId } from '../../shared/emergency.ts';

/** So many are at hand; notices of earlier ones stay where they were told. */
const mostKept = 20;

/** Emergency sign-ins and invitations at the relay that it has told this owner of, each once, newest last. */
export function holdEmergencies(onChange: () => void) {
  let all: readonly Emergency[] = [];
  return {
    get all(): readonly Emergency[] {
      return all;
    },
    add(emergency: Emergency): void {
      const id = emergencyId(emergency);
      if (all.some((known) => emergencyId(known) === id)) return;
      all = [...all, emergency].slice(-mostKept);
      onChange();
    },
    /** Nobody, or somebody else, is signed in from now on. */
    clear(): void {
      all = [];
    },
  };
}

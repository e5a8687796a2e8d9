import { judgePolicy } from '../../../../client/managed/judge-policy.ts';
import type { ManagedSettings } from '../../../../client/managed/open-managed-settings.ts';
import type { ManagedState } from '../../../../shared/managed/managed-state.ts';

/** Managed settings that a test sets; what is set holds at once. */
export interface SettablePolicy extends ManagedSettings {
  set(entries: Readonly<Record<string, unknown>>): void;
}

/** What the computer’s policy says, from the entries of one file. */
export function policyOf(entries: Readonly<Record<string, unknown>>): ManagedState {
  const source = { scope: 'machine', place: '/etc/causeway/policy.json' } as const;
  return judgePolicy([{ status: 'read', source, entries }]);
}

/** Makes a policy with these entries. */
export function settablePolicy(entries: Readonly<Record<string, unknown>> = {}): SettablePolicy {
  const listeners = new Set<(state: ManagedState) => void>();
  let state = policyOf(entries);
  return {
    current: () => state,
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    look: async () => undefined,
    close: () => listeners.clear(),
    set(next) {
      state = policyOf(next);
      for (const listener of listeners) listener(state);
    },
  };
}

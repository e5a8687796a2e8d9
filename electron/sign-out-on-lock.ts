import type { ClientCore } from '../client/core/client-core.ts';
import { type ManagedState, managedValue } from '../shared/managed/managed-state.ts';

/** The screen has been locked: ends all sign-ins, where IT wants that. Resolves when they have ended here. */
export async function signOutOnLock(
  core: Pick<ClientCore, 'snapshot' | 'signOut'>,
  managed: ManagedState,
): Promise<void> {
  if (managedValue(managed, 'signOutOnLock') !== true) return;
  await Promise.all(core.snapshot().profiles.map(({ id }) => core.signOut(id)));
}

import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { command } from './commands.ts';

type Account = Pick<ProfileSnapshot, 'id' | 'relayUrl'>;

/** Begins a sign-in of this account, also where its relay has others. */
export function signInTo({ id, relayUrl }: Account, wishes: { readonly breakGlass?: boolean } = {}): void {
  command('sign-in:start', { relayUrl, profileId: id, ...wishes });
}

/** Begins a sign-in of a further account at the same relay; its progress takes the window. */
export function addAccountAt(relayUrl: string): void {
  command('sign-in:start', { relayUrl, another: true });
}

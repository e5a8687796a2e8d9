import { hash } from 'node:crypto';
import type { Identity } from '../identity/identity.ts';

/** A computer as its client describes it; nobody has checked that. `id` is random, kept by the client per profile. */
export interface SessionDevice {
  readonly id?: string | undefined;
  readonly name: string;
  readonly system: string;
  readonly appVersion: string;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

/** What of an identity says which sign-in it is from. */
export type SignInIdentity = Pick<Identity, 'issuer' | 'subject' | 'providerSessionId' | 'jkt'> &
  Partial<Pick<Identity, 'kind'>>;

/** How a session is told from the person's others. */
export type SessionBinding = 'key' | 'provider-session' | 'device';

/**
 * A person's token that is bound to the app's key says which sign-in it is from, because the key is new with each. Others
 * count by the provider's session on a device, or by the device alone.
 */
export function bindingOf({ kind, jkt, providerSessionId }: SignInIdentity): SessionBinding {
  if (kind === 'service') return 'device';
  if (jkt !== undefined) return 'key';
  return providerSessionId === undefined ? 'device' : 'provider-session';
}

/** The id of the session, short enough to quote; null when only the device could say, and isn't known (yet). */
export function sessionIdOf(identity: SignInIdentity, device: SessionDevice | null): string | null {
  const { issuer, subject, jkt, providerSessionId } = identity;
  const binding = bindingOf(identity);
  if (binding === 'key') return digest([issuer, subject, 'key', jkt]);
  if (device === null) return null;
  const computer = device.id === undefined ? [device.name, device.system] : [device.id];
  return digest([issuer, subject, binding, binding === 'device' ? '' : providerSessionId, ...computer]);
}

/**
 * A device as its person may know it: by this, sessions of one device are told. It isn't the id itself, since whoever knew
 * that with a stolen token could pass for the device; undefined where the client names none.
 */
export function shownDeviceId(
  { issuer, subject }: Pick<Identity, 'issuer' | 'subject'>,
  { id }: Pick<SessionDevice, 'id'>,
): string | undefined {
  return id === undefined ? undefined : `d${digest([issuer, subject, 'shown-device', id]).slice(1)}`;
}

/** Begins with a letter: no option of a command line looks like it. */
function digest(parts: readonly (string | undefined)[]): string {
  return `s${hash('sha256', JSON.stringify(parts), 'base64url').slice(0, 15)}`;
}

import { randomBytes } from 'node:crypto';
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
  type WebAuthnCredential,
} from '@simplewebauthn/server';
import { z } from 'zod';
import type { Credentials, Passkey } from './account.ts';

/** Where passkeys of a relay count: the relying party (WebAuthn §5.4.2) and the only origin of its pages. */
export interface RelyingParty {
  readonly id: string;
  readonly origin: string;
  readonly name: string;
}

/** An authenticator’s answer as a page sends it, as far as it is looked at before it is checked. */
const answerSchema = z.looseObject({
  id: z.string().min(1).max(2048),
  rawId: z.string().max(2048),
  type: z.literal('public-key'),
  response: z.looseObject({ clientDataJSON: z.string() }),
});

const timeoutMs = 5 * 60_000;

/** By the relay’s address alone, never by what a request says of it. */
export function relyingPartyOf(relayUrl: string, name: string): RelyingParty {
  const { hostname, origin } = new URL(relayUrl);
  return { id: hostname, origin, name };
}

export function newUserHandle(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * What the browser makes a passkey with: one that an authenticator finds by itself, after it has verified the person, so
 * that no page has to say which accounts there are.
 */
export function enrolmentOptions(
  party: RelyingParty,
  account: { readonly name: string; readonly fullName: string },
  { userHandle, passkeys }: Pick<Credentials, 'userHandle' | 'passkeys'>,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  return generateRegistrationOptions({
    rpName: party.name,
    rpID: party.id,
    userID: new Uint8Array(Buffer.from(userHandle, 'base64url')),
    userName: account.name,
    userDisplayName: account.fullName,
    attestationType: 'none',
    timeout: timeoutMs,
    excludeCredentials: passkeys.map(({ id }) => ({ id })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
}

/** Checks a new passkey (WebAuthn §7.1). @throws Error with the cause, for the log */
export async function verifyEnrolment(
  answer: unknown,
  challenge: string,
  party: RelyingParty,
  nowMs: number,
): Promise<Passkey> {
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    response: answerSchema.parse(answer) as unknown as RegistrationResponseJSON,
    expectedChallenge: challenge,
    expectedOrigin: party.origin,
    expectedRPID: party.id,
    requireUserVerification: true,
  });
  if (!verified) throw new Error('the new passkey isn’t signed as it should be');
  const { id, publicKey, counter, transports = [] } = registrationInfo.credential;
  const key = Buffer.from(publicKey).toString('base64url');
  return { id, publicKey: key, counter, transports: [...transports], addedAtMs: nowMs };
}

/** What the browser signs in with; any passkey of this relay may answer. */
export function signInOptions(party: RelyingParty): Promise<PublicKeyCredentialRequestOptionsJSON> {
  return generateAuthenticationOptions({ rpID: party.id, userVerification: 'required', timeout: timeoutMs });
}

/** Which passkey an answer says that it is of; null when it can’t be read. */
export function passkeyIdOf(answer: unknown): string | null {
  return answerSchema.safeParse(answer).data?.id ?? null;
}

/**
 * Checks an assertion (WebAuthn §7.2): challenge, origin, relying party, user verification, signature, and a counter that
 * is higher than the last one, where the authenticator has one.
 * @returns the new counter
 * @throws Error with the cause, for the log
 */
export async function verifySignIn(
  answer: unknown,
  challenge: string,
  party: RelyingParty,
  passkey: Passkey,
): Promise<number> {
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response: answerSchema.parse(answer) as unknown as AuthenticationResponseJSON,
    expectedChallenge: challenge,
    expectedOrigin: party.origin,
    expectedRPID: party.id,
    requireUserVerification: true,
    credential: {
      id: passkey.id,
      publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')),
      counter: passkey.counter,
      transports: passkey.transports as NonNullable<WebAuthnCredential['transports']>,
    },
  });
  if (!verified) throw new Error('the signature is wrong');
  return authenticationInfo.newCounter;
}

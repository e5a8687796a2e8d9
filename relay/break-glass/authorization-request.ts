import { breakGlassClientId } from '../config/break-glass-issuer.ts';
import { pageText } from '../page-texts/page-text.ts';
import { Refusal } from './refusal.ts';

/** What a client asks for, checked (RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 9449 §10). */
export interface AuthorizationRequest {
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce?: string;
  readonly codeChallenge: string;
  readonly jkt: string;
}

const thumbprint = /^[\w-]{43}$/;
/** A program of the person’s own computer (RFC 8252 §7.3). */
const loopback = /^http:\/\/(?:127\.0\.0\.1|\[::1\])(?::([1-9]\d{0,4}))?\/callback$/;

/**
 * @param consoleCallback where the operators’ console takes answers; null where it has no such sign-in
 * @throws Refusal for one that is neither from Causeway on the same computer nor from the console; it goes to no address
 * that it names
 */
export function readAuthorizationRequest(query: string, consoleCallback: string | null): AuthorizationRequest {
  const given = new URLSearchParams(query);
  for (const name of new Set(given.keys()))
    if (given.getAll(name).length > 1) throw new Refusal(400, () => pageText('break-glass.refused.twice', { name }));
  const must = (name: string, fits: (value: string) => boolean): string => {
    const value = given.get(name) ?? '';
    if (!fits(value)) throw new Refusal(400, () => pageText('break-glass.refused.value', { name }));
    return value;
  };
  must('client_id', (value) => value === breakGlassClientId);
  const redirectUri = must(
    'redirect_uri',
    (value) =>
      value === consoleCallback || Number(loopback.exec(value)?.[1] ?? (loopback.test(value) ? 80 : 65_536)) <= 65_535,
  );
  must('response_type', (value) => value === 'code');
  must('code_challenge_method', (value) => value === 'S256');
  const nonce = must('nonce', (value) => value.length <= 256);
  return {
    redirectUri,
    state: must('state', (value) => value !== '' && value.length <= 512),
    ...(nonce === '' ? {} : { nonce }),
    codeChallenge: must('code_challenge', (value) => thumbprint.test(value)),
    jkt: must('dpop_jkt', (value) => thumbprint.test(value)),
  };
}

/** The address that an answer goes to (RFC 6749 §4.1.2, RFC 9207 §2). */
export function answerLocation(
  { redirectUri, state }: AuthorizationRequest,
  issuer: string,
  answer: { readonly code: string } | { readonly error: string; readonly error_description: string },
): string {
  return `${redirectUri}?${new URLSearchParams({ ...answer, state, iss: issuer }).toString()}`;
}

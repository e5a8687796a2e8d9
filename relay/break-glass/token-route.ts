import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AccessError } from '../../shared/errors.ts';
import { breakGlassClientId } from '../config/break-glass-issuer.ts';
import { sendJson } from '../http/send-json.ts';
import { createReplayCache } from '../identity/replay-cache.ts';
import { replayLifetimeMs } from '../identity/replay-lifetimes.ts';
import { verifyDpopProof } from '../identity/verify-dpop-proof.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import type { BreakGlassParts } from './break-glass-parts.ts';
import { issueTokens } from './issue-tokens.ts';
import { readForm } from './request-guard.ts';

/** What a code stands for. */
export interface IssuedCode {
  readonly request: AuthorizationRequest;
  readonly account: string;
  readonly how: 'passkey' | 'passphrase';
  readonly approvedBy: string | null;
  readonly provedAtMs: number;
  readonly endsAtMs: number;
  readonly sessionId: string;
}

/** A refusal of the token endpoint (RFC 6749 §5.2). */
class TokenRefusal extends Error {
  readonly error: string;
  /** Whose code it was, where that is known. */
  readonly account: string | null;

  constructor(error: string, description: string, account: string | null = null) {
    super(description);
    this.error = error;
    this.account = account;
  }
}

/** `POST /token`: a code and its verifier become tokens for the key that the sign-in began with, once. */
export function createTokenRoute(
  parts: BreakGlassParts,
): (request: IncomingMessage, response: ServerResponse, address: string) => Promise<void> {
  const { store, settings, keys, issuer, relayUrl, announce, now } = parts;
  const replays = createReplayCache({ lifetimeMs: replayLifetimeMs, now });

  async function redeem(request: IncomingMessage): Promise<object> {
    const form = await readForm(request);
    const single = (name: string): string => {
      const values = form.getAll(name);
      if (values.length > 1) throw new TokenRefusal('invalid_request', `${name} comes more than once`);
      return values[0] ?? '';
    };
    if (single('grant_type') !== 'authorization_code')
      throw new TokenRefusal('unsupported_grant_type', 'only authorization_code; these sign-ins can’t be renewed');
    if (single('client_id') !== breakGlassClientId) throw new TokenRefusal('invalid_client', 'unknown client_id');
    // Taken before it is looked at: whoever shows it wrongly has spent it.
    const issued = store.take<IssuedCode>('code', single('code'));
    if (issued === null) throw new TokenRefusal('invalid_grant', 'the code was used, is too old, or isn’t one');
    const { request: asked, account: name } = issued;
    const refuse = (error: string, reason: string): never => {
      throw new TokenRefusal(error, reason, name);
    };
    if (single('redirect_uri') !== asked.redirectUri) refuse('invalid_grant', 'the code is for another redirect_uri');
    if (!isVerifier(single('code_verifier'), asked.codeChallenge))
      refuse('invalid_grant', 'the code_verifier isn’t the one of this code (PKCE)');
    const proofs = request.headersDistinct['dpop'];
    if (proofs?.length !== 1) refuse('invalid_dpop_proof', 'one DPoP proof is needed');
    try {
      const proof = {
        scheme: 'dpop',
        token: '',
        dpopProof: proofs?.[0],
        method: 'POST',
        url: `${issuer}/token`,
      } as const;
      await verifyDpopProof(proof, asked.jkt, { nowMs: now(), replays, isWithoutToken: true });
    } catch (error) {
      if (!(error instanceof AccessError)) throw error;
      refuse('invalid_dpop_proof', error.message);
    }
    const account = settings().accounts.find((one) => one.name === name);
    if (account === undefined || store.account(name)?.disabled !== false)
      return refuse('invalid_grant', 'the account can’t be used any more');
    const { nonce, jkt } = asked;
    const audience = relayUrl;
    const nowMs = now();
    return issueTokens({ ...issued, account, nonce, jkt }, { issuer, audience, key: keys.current(nowMs), nowMs });
  }

  return async (request, response, address) => {
    try {
      sendJson(response, 200, await redeem(request), { 'Cache-Control': 'no-store' });
    } catch (error) {
      if (!(error instanceof TokenRefusal)) throw error;
      if (error.account === null) announce.stray(`token: ${error.message}`, address);
      else announce.refused(`token: ${error.message}`, error.account, address);
      const body = { error: error.error, error_description: error.message.replaceAll('’', "'") };
      sendJson(response, 400, body, { 'Cache-Control': 'no-store' });
    }
  };
}

/** RFC 7636 §4.6. */
function isVerifier(verifier: string, challenge: string): boolean {
  if (!/^[\w.~-]{43,128}$/.test(verifier)) return false;
  const made = createHash('sha256').update(verifier).digest();
  const wanted = Buffer.from(challenge, 'base64url');
  return made.length === wanted.length && timingSafeEqual(made, wanted);
}

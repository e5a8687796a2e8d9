import { Agent, fetch } from 'undici';
import { importProofKey, signProof } from '../../../client/tokens/proof-key.ts';
import type { TokenSet } from '../../../client/tokens/token-set.ts';
import type { IssuedCertificate } from '../../support/device-authority.ts';

/**
 * Asks the relay for the catalog as somebody who has all that the app keeps: tokens, key and certificate.
 * @returns status, and the problem's code when there is one
 */
export async function presentTokens(
  relay: { readonly relayUrl: string; readonly ca: string },
  tokens: TokenSet,
  { cert, key }: IssuedCertificate,
): Promise<{ readonly status: number; readonly code: string | undefined }> {
  const url = `${relay.relayUrl}/v1/catalog`;
  const dispatcher = new Agent({ connect: { ca: relay.ca, cert, key } });
  const ask = async (nonce?: string): ReturnType<typeof fetch> => {
    const { accessToken, proofKey } = tokens;
    if (proofKey === null) return fetch(url, { dispatcher, headers: { authorization: `Bearer ${accessToken}` } });
    const request = { method: 'GET', url, ...(nonce === undefined ? {} : { nonce }) };
    const dpop = await signProof(await importProofKey(proofKey), request, accessToken, Date.now());
    return fetch(url, { dispatcher, headers: { authorization: `DPoP ${accessToken}`, dpop } });
  };
  try {
    let response = await ask();
    const nonce = response.headers.get('dpop-nonce');
    if (response.status === 401 && nonce !== null) response = await ask(nonce);
    const { code } = (await response.json()) as { code?: string };
    return { status: response.status, code };
  } finally {
    await dispatcher.destroy();
  }
}

/**
 * Asks the provider for new tokens as somebody who has found a refresh token and nothing else.
 * @returns the error that it names, null when there is none
 */
export async function refreshAlone(
  provider: { readonly issuer: string; readonly clientId: string; readonly ca: string },
  refreshToken: string,
): Promise<string | null> {
  const dispatcher = new Agent({ connect: { ca: provider.ca } });
  try {
    const response = await fetch(`${provider.issuer}/token`, {
      method: 'POST',
      dispatcher,
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: provider.clientId,
        refresh_token: refreshToken,
      }),
    });
    return ((await response.json()) as { error?: string }).error ?? null;
  } finally {
    await dispatcher.destroy();
  }
}

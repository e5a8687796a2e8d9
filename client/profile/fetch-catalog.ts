import { z } from 'zod';
import { type Catalog, catalogSchema } from '../../shared/catalog.ts';
import { catalogPath } from '../../shared/discovery-document.ts';
import { AccessError, type ErrorCode, problemTexts } from '../../shared/errors.ts';
import type { HttpClient } from '../network/http-client.ts';
import { relayFailure } from '../sign-in/discover-relay.ts';
import type { TokenSource } from '../tunnel/tunnel-client.ts';

const problemSchema = z.object({ code: z.string(), detail: z.string(), requestId: z.string().optional() });

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(problemTexts, code);
}

function refusal(status: number, body: unknown): AccessError {
  const fallback: ErrorCode = status === 401 ? 'token-rejected' : status === 503 ? 'relay-not-ready' : 'relay-refused';
  const parsed = problemSchema.safeParse(body);
  if (!parsed.success) return new AccessError(fallback, `The relay answers “${status}” to the question for the APIs.`);
  const { code, detail, requestId } = parsed.data;
  return new AccessError(isErrorCode(code) ? code : fallback, detail, requestId === undefined ? {} : { requestId });
}

/**
 * Asks the relay which APIs the person may use. A relay that wants its own nonce in the proof gets it in a second
 * try (RFC 9449 §9).
 * @throws AccessError with the relay's own code, or `relay-unreachable`, `relay-untrusted-certificate`,
 * `relay-not-causeway`
 */
export async function fetchCatalog(relayUrl: string, http: HttpClient, tokens: TokenSource): Promise<Catalog> {
  const url = new URL(catalogPath, relayUrl).href;
  let nonce: string | undefined;
  for (;;) {
    const presented = await tokens.present({ method: 'GET', url, ...(nonce === undefined ? {} : { nonce }) });
    const scheme = presented.scheme === 'dpop' ? 'DPoP' : 'Bearer';
    let response: Awaited<ReturnType<HttpClient['fetch']>>;
    let body: unknown;
    try {
      response = await http.fetch(url, {
        headers: {
          accept: 'application/json',
          authorization: `${scheme} ${presented.token}`,
          ...(presented.dpopProof === undefined ? {} : { dpop: presented.dpopProof }),
        },
      });
      body = await response.json().catch(() => undefined);
    } catch (error) {
      throw relayFailure(relayUrl, error);
    }
    const wantedNonce = response.headers.get('dpop-nonce');
    if (response.status === 401 && wantedNonce !== null && nonce === undefined && presented.scheme === 'dpop') {
      nonce = wantedNonce;
      continue;
    }
    if (response.status !== 200) throw refusal(response.status, body);
    const parsed = catalogSchema.safeParse(body);
    if (!parsed.success) throw new AccessError('relay-not-causeway', 'The relay’s list of APIs can’t be read.');
    return parsed.data;
  }
}

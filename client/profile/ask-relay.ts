import { AccessError, type ErrorCode } from '../../shared/errors.ts';
import { text } from '../../shared/messages/text.ts';
import type { HttpClient } from '../network/http-client.ts';
import { readProblem } from '../network/read-problem.ts';
import { relayFailure } from '../sign-in/discover-relay.ts';
import type { TokenSource } from '../tokens/token-source.ts';

/** A request to one of the relay's own endpoints, in the person's name. */
export interface RelayQuestion {
  readonly path: string;
  /** Names and values; not part of what a proof names (RFC 9449 §4.2). */
  readonly query?: Readonly<Record<string, string>>;
  /** `GET`, or `POST` with a body, when left out. */
  readonly method?: 'DELETE';
  /** Sent by POST, as JSON; without it the request is a GET. */
  readonly body?: object;
  /** What it is about, for messages in the person’s language: “the question for the APIs”. */
  readonly about: string;
  /** Ends the wait for an answer. */
  readonly signal?: AbortSignal;
}

function refusal(status: number, body: unknown, about: string): AccessError {
  const fallback: ErrorCode = status === 401 ? 'token-rejected' : status === 503 ? 'relay-not-ready' : 'relay-refused';
  const problem = readProblem(body);
  if (problem === null)
    return new AccessError(fallback, text('failure.relay-answer', { status: String(status), about }));
  const { code, detail, requestId, atMs } = problem;
  return new AccessError(code ?? fallback, detail, { requestId, atMs });
}

/**
 * Asks the relay and gives its answer's JSON. A relay that wants its own nonce in the proof gets it in a second try
 * (RFC 9449 §9).
 * @throws AccessError with the relay's own code, or `relay-unreachable`, `relay-untrusted-certificate`
 */
export async function askRelay(
  relayUrl: string,
  http: HttpClient,
  tokens: TokenSource,
  question: RelayQuestion,
): Promise<unknown> {
  const method = question.method ?? (question.body === undefined ? 'GET' : 'POST');
  const url = new URL(question.path, relayUrl).href;
  const query = new URLSearchParams(question.query).toString();
  let nonce: string | undefined;
  for (;;) {
    const presented = await tokens.present({ method, url, ...(nonce === undefined ? {} : { nonce }) });
    const scheme = presented.scheme === 'dpop' ? 'DPoP' : 'Bearer';
    let response: Awaited<ReturnType<HttpClient['fetch']>>;
    let body: unknown;
    try {
      response = await http.fetch(query === '' ? url : `${url}?${query}`, {
        method,
        ...(question.signal === undefined ? {} : { signal: question.signal }),
        ...(question.body === undefined ? {} : { body: JSON.stringify(question.body) }),
        headers: {
          accept: 'application/json',
          ...(question.body === undefined ? {} : { 'content-type': 'application/json' }),
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
    if (!response.ok) throw refusal(response.status, body, question.about);
    return body;
  }
}

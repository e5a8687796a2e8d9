import { type DiscoveryDocument, discoveryDocumentSchema, discoveryPath } from '../../shared/discovery-document.ts';
import { AccessError } from '../../shared/errors.ts';
import { connectionFailure, unreachableCode } from '../network/connection-failure.ts';
import type { HttpClient } from '../network/http-client.ts';
import { networkSignInNeeded } from '../network/network-sign-in.ts';
import { text } from '../../shared/messages/text.ts';

/** Largest difference between this computer's clock and the relay's that sign-in tolerates, in milliseconds. */
export const clockLeewayMs = 60_000;
const maxDocumentBytes = 256_000;

/** Turns a failed request to the relay into a failure of its certificate, of a proxy or of the way to it, with the reason. */
export function relayFailure(relayUrl: string, error: unknown): AccessError {
  const host = new URL(relayUrl).host;
  const failure = connectionFailure(error);
  if (failure?.kind === 'certificate') {
    return new AccessError('relay-untrusted-certificate', text('failure.untrusted', { host, why: failure.words }), {
      cause: error,
    });
  }
  const why = failure?.words ?? text('failure.connection');
  return new AccessError(unreachableCode(failure, 'relay-unreachable'), `${host}: ${why}.`, { cause: error });
}

function clockText(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** @throws AccessError `clock-skew`, naming both clocks, when they differ by more than 60 s */
export function checkClock(relayTime: string, startedMs: number, endedMs: number): void {
  const relayMs = Date.parse(relayTime);
  const localMs = (startedMs + endedMs) / 2;
  const uncertaintyMs = (endedMs - startedMs) / 2;
  const offMs = localMs - relayMs;
  if (Math.abs(offMs) - uncertaintyMs <= clockLeewayMs) return;
  const minutes = Math.max(1, Math.round(Math.abs(offMs) / 60_000));
  throw new AccessError(
    'clock-skew',
    text(offMs > 0 ? 'failure.clock-ahead' : 'failure.clock-behind', {
      local: clockText(localMs),
      relay: clockText(relayMs),
      minutes,
    }),
  );
}

/**
 * Reads and checks the relay's discovery document.
 * @throws AccessError `relay-unreachable`, `relay-untrusted-certificate`, `proxy-sign-in`, `proxy-failed`,
 * `network-sign-in`, `relay-not-ready`, `relay-not-causeway` or `clock-skew`
 */
export async function discoverRelay(
  relayUrl: string,
  http: HttpClient,
  options: {
    readonly signal?: AbortSignal;
    readonly now?: () => number;
    /** Told both clocks, also when they differ too much. */
    readonly onClocks?: (clocks: { readonly localMs: number; readonly relayMs: number }) => void;
  } = {},
): Promise<DiscoveryDocument> {
  const now = options.now ?? Date.now;
  const host = new URL(relayUrl).host;
  const startedMs = now();
  let status: number;
  let body: string;
  try {
    const response = await http.fetch(new URL(discoveryPath, relayUrl).href, {
      headers: { accept: 'application/json' },
      ...(options.signal ? { signal: options.signal } : {}),
    });
    status = response.status;
    body = (await response.text()).slice(0, maxDocumentBytes);
  } catch (error) {
    options.signal?.throwIfAborted();
    const failure = relayFailure(relayUrl, error);
    throw http.judgeFailure === undefined ? failure : await http.judgeFailure(relayUrl, failure);
  }
  if (status === 503 || status === 502 || status === 504) {
    throw new AccessError('relay-not-ready', text('failure.first-answer', { host, status: String(status) }));
  }
  if (status === 511) throw networkSignInNeeded(relayUrl);
  const document = status === 200 ? parseDocument(body) : undefined;
  if (!document) {
    throw new AccessError('relay-not-causeway', text('failure.not-causeway', { host, status: String(status) }));
  }
  const endedMs = now();
  options.onClocks?.({ localMs: (startedMs + endedMs) / 2, relayMs: Date.parse(document.time) });
  checkClock(document.time, startedMs, endedMs);
  return document;
}

function parseDocument(body: string): DiscoveryDocument | undefined {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const parsed = discoveryDocumentSchema.safeParse(json);
  return parsed.success ? parsed.data : undefined;
}

import { setTimeout as wait } from 'node:timers/promises';
import { type Backoff, backoffMs } from '../../shared/backoff.ts';
import type { DiscoveryDocument } from '../../shared/discovery-document.ts';
import { AccessError } from '../../shared/errors.ts';
import type { HttpClient } from '../network/http-client.ts';
import { discoverRelay } from './discover-relay.ts';
import type { Patience } from './wait-in-time.ts';

const waits: Backoff = { firstMs: 250, longestMs: 5_000, jitter: 0.5 };

/**
 * Reads the relay's discovery document, and while the relay says that it is starting, asks again until the time is
 * over.
 * @throws AccessError as `discoverRelay` does; `relay-not-ready` only in the end
 */
export async function reachRelay(
  relayUrl: string,
  http: HttpClient,
  patience: Patience & { readonly now: () => number },
): Promise<DiscoveryDocument> {
  const { signal, now } = patience;
  const endMs = performance.now() + patience.timeoutMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await discoverRelay(relayUrl, http, { signal, now });
    } catch (error) {
      const delayMs = backoffMs(attempt, waits);
      const again = error instanceof AccessError && error.code === 'relay-not-ready';
      if (!again || performance.now() + delayMs >= endMs) throw error;
      await wait(delayMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

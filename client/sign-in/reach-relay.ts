import { setTimeout as wait } from 'node:timers/promises';
import type { DiscoveryDocument } from '../../shared/discovery-document.ts';
import { AccessError } from '../../shared/errors.ts';
import type { HttpClient } from '../network/http-client.ts';
import { discoverRelay } from './discover-relay.ts';
import type { Patience } from './wait-in-time.ts';

const firstDelayMs = 250;
const longestDelayMs = 5_000;

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
      const ceilingMs = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempt, 8));
      const delayMs = ceilingMs * (0.5 + Math.random() / 2);
      const again = error instanceof AccessError && error.code === 'relay-not-ready';
      if (!again || performance.now() + delayMs >= endMs) throw error;
      await wait(delayMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

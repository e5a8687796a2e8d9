import type { Exchange } from '../exchange.ts';
import type { WayBack } from './way-back.ts';

/** Time that an API has, with the request's head alone, to refuse the body. */
const refusalMs = 50;

/**
 * Sends 100 (Continue) to a caller that waits for it (RFC 9110 §10.1.1), but not before the API has the request's head
 * and a moment to refuse: the head goes to the API without `Expect`, so that it says nothing itself.
 */
export function continueWhenWanted(exchange: Exchange, way: WayBack): void {
  if (!exchange.continueOwed) return;
  const timer = setTimeout(() => {
    const { response } = exchange;
    if (way.settled || way.headSeen || response.destroyed || response.headersSent) return;
    exchange.continueOwed = false;
    way.guard(() => response.writeContinue());
  }, refusalMs);
  exchange.response.once('close', () => clearTimeout(timer));
}

import type { Exchange } from '../request/exchange/exchange.ts';
import type { WayBack } from './way-back.ts';

/** Servers that don't know `Expect` say nothing: the body goes out after that time, as curl does it. */
export const waitForContinueMs = 1000;

/**
 * Sends 100 (Continue) to a caller that waits for it (RFC 9110 §10.1.1) when the body is read for the API, which has
 * asked for it, or hasn't said in time that it won't take it.
 */
export function continueWhenWanted(exchange: Exchange, way: WayBack): void {
  const { response } = exchange;
  if (!exchange.continueOwed || way.settled || way.headSeen || response.destroyed || response.headersSent) return;
  exchange.continueOwed = false;
  response.writeContinue();
}

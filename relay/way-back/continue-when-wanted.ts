import type { Exchange } from '../exchange.ts';
import type { WayBack } from './way-back.ts';

/**
 * Sends 100 (Continue) to a caller that waits for it (RFC 9110 §10.1.1) when a connection to the API is there and takes
 * the body. The API isn't asked by `Expect`: undici sends a head together with the body's first bytes.
 */
export function continueWhenWanted(exchange: Exchange, way: WayBack): void {
  const { response } = exchange;
  if (!exchange.continueOwed || way.settled || way.headSeen || response.destroyed || response.headersSent) return;
  exchange.continueOwed = false;
  response.writeContinue();
}

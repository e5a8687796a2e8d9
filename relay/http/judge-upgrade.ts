/**
 * Why a request can't open a WebSocket, in words; null when it can. An upgrade is a GET without a body (RFC 6455
 * §4.1): upstreams are sent one whatever the caller sent, so that nothing else may be decided on.
 */
export function upgradeProblem(method: string, hasBody: boolean): string | null {
  if (method !== 'GET') return `A WebSocket is opened by GET, not by ${method.slice(0, 50)} (RFC 6455 §4.1).`;
  return hasBody ? 'A request that opens a WebSocket has no body (RFC 6455 §4.1).' : null;
}

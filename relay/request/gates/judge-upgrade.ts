import { reason, type Reason } from '../../../shared/reason.ts';
import type { UpgradeProtocol } from '../../config/values/upgrade-protocol.ts';

/**
 * The protocol that an `Upgrade` header asks for, where it is one that the API takes; else null, and the request goes
 * on as an ordinary one (RFC 9110 §7.8).
 */
export function wantedUpgrade(header: string | undefined, taken: readonly UpgradeProtocol[]): UpgradeProtocol | null {
  const wanted = header?.trim().toLowerCase();
  return taken.find((protocol) => protocol.toLowerCase() === wanted) ?? null;
}

/** What the head of a request says of its body; no length where it comes in chunks. */
export interface BodyClaims {
  readonly hasBody: boolean;
  readonly contentLength: number | undefined;
}

/**
 * Why a request can't switch to this protocol; null when it can. A WebSocket is opened by GET without a body
 * (RFC 6455 §4.1); the others by any method, Docker's and kubectl's by POST. Chunks have no place before a switch:
 * Node's parser passes over what is malformed there.
 */
export function upgradeProblem(
  protocol: UpgradeProtocol,
  method: string,
  { hasBody, contentLength }: BodyClaims,
): Reason | null {
  if (protocol !== 'websocket') {
    if (!hasBody || contentLength !== undefined) return null;
    return reason('upgrade-body');
  }
  if (method !== 'GET') return reason('websocket-method', { method: method.slice(0, 50) });
  return hasBody ? reason('websocket-body') : null;
}

import type { AuditCaller } from '../../../relay/audit/audit-record.ts';
import type { SessionRecord } from '../../../relay/sessions/session-record.ts';

/** A session of a caller, as it is remembered. */
export function sessionOf(
  { issuer, subject, username, device, remoteAddress }: AuditCaller,
  nowMs: number,
): SessionRecord {
  return {
    id: 'sX3kq0Zr1vWbYt2',
    kind: 'person',
    issuer,
    provider: 'Example Company',
    subject,
    username,
    device: { id: 'd1', name: device, system: 'linux', appVersion: '1.0.0' },
    chosen: { name: `${username}s other name`, atMs: nowMs },
    acr: null,
    signedInAtMs: null,
    binding: 'key',
    tokenId: null,
    issuedAtMs: nowMs,
    sinceMs: nowMs,
    lastUsedAtMs: nowMs,
    addresses: { [remoteAddress]: nowMs },
    apis: { orders: nowMs },
    tunnels: {},
  };
}

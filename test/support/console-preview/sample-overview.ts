import type { Overview } from '../../../console/api/admin-api.ts';

const hourMs = 3_600_000;
const stepMs = 300_000;

/** How busy a working day is at a time, from 0 to 1. */
function busyAt(timeMs: number): number {
  const hour = (timeMs / hourMs) % 24;
  return Math.max(0, Math.sin(((hour - 6) / 13) * Math.PI)) ** 1.5;
}

/** A little up and down that is the same each time. */
function wobble(index: number): number {
  return ((index * 7919) % 100) / 100;
}

/** The last day of a relay of a company of some hundred people. */
export function sampleOverview(nowMs: number, problems: Overview['problems'] = []): Overview {
  const toMs = Math.ceil(nowMs / hourMs) * hourMs;
  const hours = Array.from({ length: 24 }, (_, index) => {
    const timeMs = toMs - (24 - index) * hourMs;
    const requests = Math.round(380 + 8800 * busyAt(timeMs) + 150 * wobble(index));
    return { hour: new Date(timeMs).toISOString(), requests, denied: Math.round(requests * 0.031) };
  });
  const series = Array.from({ length: 288 }, (_, index) => {
    const atMs = nowMs - (288 - index) * stepMs;
    const busy = busyAt(atMs);
    const requests = Math.round(30 + 720 * busy + 60 * wobble(index));
    const p50Ms = 8 + 9 * busy + 2 * wobble(index + 3);
    return {
      atMs,
      untilMs: atMs + stepMs,
      requests,
      denied: Math.round(requests * 0.03),
      failed: index % 40 === 7 ? 9 : 0,
      refusedSignIns: 0,
      tunnels: Math.round(24 + 310 * busy + 6 * wobble(index)),
      streams: Math.round(6 * busy),
      p50Ms,
      p95Ms: p50Ms * 3.4 + 20 * wobble(index + 11),
      p99Ms: p50Ms * 9,
    };
  });
  const tunnels = series.at(-1)?.tunnels ?? 0;
  return { relay: 'Example Company', problems, now: { tunnels, streams: 3 }, series, day: { relays: 1, hours } };
}

/** What may be wrong, one of each severity. */
export const sampleProblems: Overview['problems'] = [
  {
    code: 'audit-unhealthy',
    severity: 'critical',
    about: null,
    what: 'The audit can’t be written: every request is refused.',
    why: 'The disk is full, slow or gone, or the file isn’t the relay’s.',
    remedy: 'Free space or repair the disk of relay.data. The relay goes on by itself (docs/operate.md).',
    look: '/admin/v1/relays',
  },
  {
    code: 'certificate-ends-soon',
    severity: 'warning',
    about: 'relay.tls',
    what: 'The certificate of relay.tls ends in 9 days.',
    why: 'It is for relay.example.com and ends on 8 December 2026 at 00:00 UTC.',
    remedy: 'Put a new one into the file; the relay reads it by itself.',
    look: '/admin/v1/certificates',
  },
  {
    code: 'access-requests-waiting',
    severity: 'info',
    about: null,
    what: '3 requests for access wait.',
    why: 'Nobody has decided yet.',
    remedy: 'Approve or refuse.',
    look: '/admin/v1/access-requests?status=pending',
  },
];

import type { DiagnosticReport } from '../../../shared/diagnostics.ts';
import { sampleProblem } from './sample-snapshot.ts';

/** A look at a relay whose tunnel doesn't open, long names included. */
export function sampleDiagnostics(nowMs: number): DiagnosticReport {
  const problem = sampleProblem('tunnel-down', 'The link to relay.acme.example broke (1006).', nowMs);
  return {
    startedAtMs: nowMs,
    relayUrl: 'https://relay.acme.example',
    relayName: 'Acme',
    appVersion: '0.1.0',
    system: 'Ubuntu 24.04',
    runtime: 'Node 26.0.0, Electron 42.0.0, Chromium 150.0.0',
    hops: [
      { hop: 'dns', status: 'skipped', detail: 'the proxy looks the name up', tookMs: 0 },
      { hop: 'proxy', status: 'ok', detail: 'proxy.acme.example:3128 opens connections to the relay', tookMs: 12 },
      { hop: 'tls', status: 'ok', detail: 'TLSv1.3, certificate valid until Jan 1 2030, issued by Acme', tookMs: 31 },
      { hop: 'clock', status: 'ok', detail: 'agrees with the relay’s', tookMs: 0 },
      { hop: 'relay', status: 'ok', detail: 'Acme, version 0.1.0', tookMs: 8 },
      { hop: 'idp', status: 'ok', detail: 'https://login.acme.example, binds tokens by DPoP', tookMs: 44 },
      { hop: 'token', status: 'ok', detail: 'signed in as Alice Adams; 4 of 6 APIs are open', tookMs: 0 },
      { hop: 'tunnel', status: 'failed', detail: problem.detail, problem, tookMs: 10_000 },
      { hop: 'listener', status: 'ok', detail: '127.0.0.1:7105 opens and answers', tookMs: 4 },
      { hop: 'upstream', status: 'skipped', detail: 'an earlier step failed', tookMs: 0 },
    ],
    facts: {
      proxy: 'proxy.acme.example:3128',
      clock: { localMs: nowMs, relayMs: nowMs - 400 },
      tls: {
        protocol: 'TLSv1.3',
        certificates: [
          {
            subject: 'CN=relay.acme.example, O=Acme Subsidiaries Europe, Middle East and Africa',
            issuer: 'CN=Acme Root',
            validFromMs: nowMs - 86_400_000,
            validToMs: nowMs + 86_400_000,
            fingerprint256: Array.from({ length: 32 }, () => 'AB').join(':'),
          },
        ],
      },
      relayVersion: '0.1.0',
    },
    session: { id: 's-7f3k9c2b', sinceMs: nowMs, roundTripMs: 12 },
    signIn: { bound: 'dpop', kept: 'keychain', expiresAtMs: nowMs + 600_000 },
  };
}

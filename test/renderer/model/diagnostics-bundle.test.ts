import { describe, expect, test } from 'vitest';
import { diagnosticsBundle, redacted } from '../../../renderer/model/diagnostics-bundle.ts';
import type { DiagnosticReport } from '../../../shared/diagnostics.ts';

describe('what a help desk gets', () => {
  test.each([
    ['HTTP 401 for Bearer abc.def-123', 'HTTP 401 for Bearer ‹secret›'],
    ['token eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln was refused', 'token ‹secret› was refused'],
    [`key ${'a1'.repeat(32)} is wrong`, 'key ‹secret› is wrong'],
    ['the proxy http://alice:s3cret@proxy:3128 says no', 'the proxy http://‹credentials›@proxy:3128 says no'],
    ['alice.o+x@corp.example isn’t known', '‹e-mail› isn’t known'],
    ['https://id.example/authorize?state=1&code=2 failed', 'https://id.example/authorize?‹query› failed'],
    ['/home/alice/.config/x can’t be read', '/home/‹user›/.config/x can’t be read'],
    ['C:\\Users\\alice\\x', 'C:\\Users\\‹user›\\x'],
    ['two\nlines \u202Eturned', 'two lines  turned'],
    ['relay.example is 10.1.2.3', 'relay.example is 10.1.2.3'],
  ])('of %j is %j', (text, expected) => {
    expect(redacted(text)).toBe(expected);
  });

  test('names each step, both clocks and the certificates, and neither the person nor what they asked for', () => {
    const report: DiagnosticReport = {
      startedAtMs: 1_700_000_000_000,
      relayUrl: 'https://relay.acme.example',
      relayName: 'Acme',
      appVersion: '0.1.0',
      system: 'Linux 6.1',
      runtime: 'Node 26.0.0',
      hops: [
        { hop: 'dns', status: 'ok', detail: 'relay.acme.example is 10.1.2.3', tookMs: 3 },
        { hop: 'token', status: 'ok', detail: 'signed in as Alice Adams; 3 of 5 APIs are open', tookMs: 0 },
        {
          hop: 'upstream',
          status: 'failed',
          detail: 'orders answered the last request with 502.',
          tookMs: 0,
          problem: {
            code: 'upstream-unreachable',
            title: 'x',
            detail: 'orders answered the last request with 502.',
            hint: 'x',
            requestId: 'r-1',
            atMs: 0,
          },
        },
      ],
      facts: {
        proxy: 'proxy:3128',
        clock: { localMs: 1_700_000_000_000, relayMs: 1_700_000_060_000 },
        tls: {
          protocol: 'TLSv1.3',
          certificates: [
            { subject: 'CN=relay', issuer: 'CN=ca', validFromMs: 0, validToMs: 1, fingerprint256: 'AA:BB' },
          ],
        },
        relayVersion: '0.1.0',
      },
      session: { id: 's-1', sinceMs: 0, roundTripMs: 4 },
      signIn: { bound: 'dpop', kept: 'keychain', expiresAtMs: 1 },
    };
    const text = diagnosticsBundle(report);
    expect(JSON.parse(text)).toMatchObject({
      kind: 'causeway-diagnostics',
      hops: [
        { hop: 'dns', status: 'ok' },
        { hop: 'token', status: 'ok' },
        { hop: 'upstream', code: 'upstream-unreachable', requestId: 'r-1' },
      ],
      clock: { local: '2023-11-14T22:13:20.000Z', relay: '2023-11-14T22:14:20.000Z' },
      tls: { certificates: [{ subject: 'CN=relay', fingerprint256: 'AA:BB' }] },
      session: { id: 's-1' },
    });
    expect(text).not.toMatch(/Alice|Adams/);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideExternalLink } from '../../electron/external-link.ts';

const allowed = new Set(['https://login.example.com', 'https://relay.example.com:8443']);

test('the front page of a relay’s name is opened in plain HTTP only while the network stands in the relay’s place', () => {
  const networks = new Set(['relay.example.com']);
  expect(decideExternalLink('http://relay.example.com/', allowed, networks)).toEqual({
    status: 'allowed',
    url: 'http://relay.example.com/',
  });
  for (const candidate of [
    'http://relay.example.com/path',
    'http://relay.example.com/?q',
    'http://relay.example.com/#f',
    'http://relay.example.com:8080/',
    'http://user@relay.example.com/',
    'http://sub.relay.example.com/',
    'http://login.example.com/',
  ]) {
    expect(decideExternalLink(candidate, allowed, networks).status, candidate).toBe('refused');
  }
  expect(decideExternalLink('http://relay.example.com/', allowed).status).toBe('refused');
});

describe('what may leave for the browser', () => {
  test.each([
    'file:///etc/passwd',
    'FILE:///C:/Windows/System32/calc.exe',
    'smb://server/share',
    'ms-msdt:/id PCWDiagnostic',
    'ms-msdt:-id',
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,<script>1</script>',
    'vbscript:x',
    'mailto:a@example.com',
    'ftp://login.example.com/',
    'ssh://login.example.com/',
    'causeway://sign-in?relay=https://relay.example.com',
    'app://causeway/index.html',
    'blob:https://login.example.com/1',
    'view-source:https://login.example.com/',
    'http://login.example.com/',
    'http://192.168.0.1/',
    'http://0.0.0.0:7100/',
    'http://127.0.0.1.example.com/',
    'http://localhost.example.com/',
    'https://login.example.com.evil.test/',
    'https://evil.test/https://login.example.com/',
    'https://login.example.com:444/',
    'https://relay.example.com/',
    'https://login.example.com@evil.test/',
    'https://user@login.example.com/',
    'https://user:secret@login.example.com/',
    'https://login.example.com\\@evil.test/',
    'https://login.example.com/\n--load-extension=x',
    'https://login.example.com/ --flag',
    ' https://login.example.com/',
    'https://login.example.com/\u0000',
    'https://login.example.com/"&calc',
    'https://logın.example.com/',
    '//login.example.com/',
    'login.example.com',
    '',
    `https://login.example.com/${'a'.repeat(100_000)}`,
  ])('%j is refused', (candidate) => {
    expect(decideExternalLink(candidate, allowed).status).toBe('refused');
  });

  test.each([
    'https://login.example.com/authorize?client_id=causeway&state=x%2Fy',
    'https://relay.example.com:8443/',
    'http://127.0.0.1:7101/v1/orders',
    'http://[::1]:7101/',
    'http://orders.localhost:7100/',
    'https://localhost:9443/authorize',
  ])('%s is opened', (candidate) => {
    expect(decideExternalLink(candidate, allowed)).toEqual({ status: 'allowed', url: candidate });
  });

  test('whatever is allowed is https on a listed origin or on this computer, with no user in it', () => {
    const schemes = fc.constantFrom(
      'https:',
      'http:',
      'file:',
      'smb:',
      'ms-msdt:',
      'javascript:',
      'HTTPS:',
      'h\tttps:',
    );
    const hosts = fc.constantFrom(
      'login.example.com',
      'evil.test',
      '127.0.0.1',
      '[::1]',
      'a.localhost',
      'localhost',
      '0',
    );
    const pieces = fc.oneof(
      fc.string(),
      fc.constantFrom('@', '\\', '/', '..', ':443', '#', '?', '%00', '\r\n', '|', '"'),
    );
    const built = fc
      .tuple(schemes, fc.constantFrom('//', '/', '', '\\\\'), pieces, hosts, pieces, pieces)
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(built, fc.webUrl(), fc.string({ unit: 'binary' })), (candidate) => {
        const link = decideExternalLink(candidate, allowed);
        if (link.status === 'refused') return;
        const url = new URL(link.url);
        expect(['https:', 'http:']).toContain(url.protocol);
        expect(url.username + url.password).toBe('');
        const local = /^(?:127\.\d+\.\d+\.\d+|\[::1\]|localhost|.*\.localhost)$/.test(url.hostname);
        expect(local || (url.protocol === 'https:' && allowed.has(url.origin))).toBe(true);
        expect(link.url).not.toMatch(/[\s"\\<>|]/);
      }),
      { numRuns: 20_000 },
    );
  });
});

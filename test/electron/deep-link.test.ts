import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findDeepLink, parseDeepLink } from '../../electron/deep-link.ts';

describe('causeway:// links', () => {
  test.each([
    'https://sign-in?relay=https://relay.example.com',
    'causeway:sign-in?relay=https://relay.example.com',
    'CAUSEWAY://sign-in?relay=https://relay.example.com',
    'causeway://sign-in',
    'causeway://sign-in?relay=',
    'causeway://sign-in?relay=relay.example.com',
    'causeway://sign-in?relay=http://relay.example.com',
    'causeway://sign-in?relay=javascript:alert(1)',
    'causeway://sign-in?relay=file:///etc/passwd',
    'causeway://sign-in?relay=https://user:secret@relay.example.com',
    'causeway://sign-in?relay=https://relay.example.com/..',
    'causeway://sign-in?relay=https://relay.example.com/%2e%2e/x',
    'causeway://sign-in?relay=https://relay.example.com/path',
    'causeway://sign-in?relay=https://relay.example.com%3Fa=b',
    'causeway://sign-in?relay=https://relay.example.com%23x',
    'causeway://sign-in?relay=https://relay.example.com%0A--flag',
    'causeway://sign-in?relay=https://relay.example.com&connect=orders',
    'causeway://sign-in?relay=https://a.example.com&relay=https://b.example.com',
    'causeway://sign-in/../connect?relay=https://relay.example.com',
    'causeway://sign-in:1?relay=https://relay.example.com',
    'causeway://user@sign-in?relay=https://relay.example.com',
    'causeway://connect?api=orders',
    'causeway://sign-out',
    'causeway://sign-in?relay=https://relay.example.com#x',
    'causeway://sign-in?relay=https://relay.example.com --flag',
    'causeway://sign-in?relay=https://relay.example.com\n--inspect',
    'causeway://sign-in?__proto__=https://relay.example.com',
    `causeway://sign-in?relay=https://${'a'.repeat(100_000)}.example.com`,
    'causeway://api',
    'causeway://api/',
    'causeway://api/Orders',
    'causeway://api/orders/',
    'causeway://api/orders/connect',
    'causeway://api/../request/abc',
    'causeway://api/./orders',
    'causeway://api/%6frders',
    'causeway://api/orders%2Fconnect',
    'causeway://api/orders?connect=true',
    'causeway://api/orders?',
    'causeway://api/orders#access',
    'causeway://api//orders',
    'causeway://api/orders --flag',
    'causeway://api/orders;x',
    'causeway://API/orders',
    'causeway://user@api/orders',
    'causeway://api:1/orders',
    'causeway:///api/orders',
    'causeway:api/orders',
    `causeway://api/${'a'.repeat(64)}`,
    'causeway://api/javascript:alert(1)',
    'causeway://request',
    'causeway://request/',
    'causeway://request/abc/approve',
    'causeway://request/abc?verdict=approve',
    'causeway://request/a.b',
    'causeway://request/__proto__/x',
    `causeway://request/${'a'.repeat(65)}`,
    'causeway://requests/abc',
    'causeway://approve/abc',
    'causeway://settings/theme',
  ])('%.90j is refused', (text) => {
    expect(parseDeepLink(text).status).toBe('refused');
  });

  test.each([
    ['causeway://sign-in?relay=https://relay.example.com', 'https://relay.example.com'],
    ['causeway://sign-in/?relay=https%3A%2F%2Frelay.example.com%3A8443%2F', 'https://relay.example.com:8443'],
    ['causeway://sign-in?relay=http://127.0.0.1:9000', 'http://127.0.0.1:9000'],
  ])('%s pre-fills the relay’s address', (text, relayUrl) => {
    expect(parseDeepLink(text)).toEqual({ status: 'sign-in', relayUrl });
  });

  test.each([
    ['causeway://api/orders', { show: 'api', api: 'orders' }],
    ['causeway://api/a-1', { show: 'api', api: 'a-1' }],
    ['causeway://request/pQ3x_-9', { show: 'request', id: 'pQ3x_-9' }],
  ])('%s shows a place', (text, place) => {
    expect(parseDeepLink(text)).toEqual({ status: 'show', place });
  });

  test('whatever place is read is named by letters, digits, “-” and “_” alone', () => {
    fc.assert(
      fc.property(fc.constantFrom('api', 'request'), fc.string(), (host, tail) => {
        const link = parseDeepLink(`causeway://${host}/${tail}`);
        if (link.status === 'show')
          expect(Object.values(link.place).every((value) => /^[\w-]+$/.test(value))).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  test('whatever is read is a bare origin', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl()), fc.string(), (relay, tail) => {
        const link = parseDeepLink(`causeway://sign-in?relay=${relay}${tail}`);
        if (link.status === 'sign-in') expect(new URL(link.relayUrl).origin).toBe(link.relayUrl);
      }),
      { numRuns: 5_000 },
    );
  });

  test('a start with two links, or with none, opens none', () => {
    expect(findDeepLink(['causeway', '--flag'])).toBeNull();
    expect(findDeepLink(['causeway://sign-in?relay=a', 'causeway://sign-in?relay=b'])).toBeNull();
    expect(findDeepLink(['causeway', 'causeway://sign-in?relay=a'])).toBe('causeway://sign-in?relay=a');
  });
});

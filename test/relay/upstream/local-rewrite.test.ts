import { describe, expect, test } from 'vitest';
import { type LocalRewrite, rewriteForLocal } from '../../../relay/way-back/local-rewrite.ts';

const all: LocalRewrite = {
  host: '127.0.0.1:7101',
  origin: 'https://orders.internal.example',
  basePath: '/api',
  redirects: true,
  cookies: true,
  cors: true,
};

describe('redirects', () => {
  test.each([
    ['https://evil.example/api/x', 'https://evil.example/api/x'],
    ['//evil.example/api/x', '//evil.example/api/x'],
    ['https://orders.internal.example.evil.example/api', 'https://orders.internal.example.evil.example/api'],
    ['https://orders.internal.example:444/api/x', 'https://orders.internal.example:444/api/x'],
    ['https://orders.internal.example/elsewhere', 'https://orders.internal.example/elsewhere'],
    ['https://[broken', 'https://[broken'],
    ['mailto:it@example.com', 'mailto:it@example.com'],
    ['next?page=2', 'next?page=2'],
    ['/elsewhere', '/elsewhere'],
    ['https://orders.internal.example/api/v1/orders?x=1#top', 'http://127.0.0.1:7101/v1/orders?x=1#top'],
    ['http://ORDERS.internal.example/api/v1', 'http://127.0.0.1:7101/v1'],
    ['//orders.internal.example/api/v1', 'http://127.0.0.1:7101/v1'],
    ['https://orders.internal.example/api', 'http://127.0.0.1:7101/'],
    ['/api/v1/orders', '/v1/orders'],
    [
      'https://orders.internal.example/api/n\xc3\xa4chste?q=\xc3\xbc#\xfc',
      'http://127.0.0.1:7101/n\xc3\xa4chste?q=\xc3\xbc#\xfc',
    ],
    ['https://orders.internal.example/api/a b/{c}%41|d;e=1?f={g} h', 'http://127.0.0.1:7101/a b/{c}%41|d;e=1?f={g} h'],
    ['https://orders.internal.example/api/x/../y', 'http://127.0.0.1:7101/y'],
    ['https://orders.internal.example/api/../x', 'https://orders.internal.example/api/../x'],
    ['https://orders.internal.example/api/%2E%2e/x', 'https://orders.internal.example/api/%2E%2e/x'],
    ['https://orders.internal.example?x=1', 'https://orders.internal.example?x=1'],
    ['/api//evil.example/x?y#z', 'http://127.0.0.1:7101//evil.example/x?y#z'],
    ['/api/\\evil.example/x', 'http://127.0.0.1:7101/\\evil.example/x'],
    ['/api/\t/evil.example/x', 'http://127.0.0.1:7101/\t/evil.example/x'],
    ['/api/./x', '/./x'],
    ['https://orders.internal.example\\api/x', 'http://127.0.0.1:7101/x'],
    ['https://orders.internal.example/api\\x/y', 'http://127.0.0.1:7101/x/y'],
    ['https://orders.internal.example/api\\..\\x', 'https://orders.internal.example/api\\..\\x'],
    ['//orders.internal.example\\@evil.example/x', '//orders.internal.example\\@evil.example/x'],
  ])('%s becomes %s', (value, expected) => {
    expect(rewriteForLocal('location', value, all)).toBe(expected);
  });

  test.each([
    ['https://orders.internal.example', 'http://127.0.0.1:7101/'],
    ['https://orders.internal.example?x=1', 'http://127.0.0.1:7101/?x=1'],
    ['https://orders.internal.example/a%2Fb/../c', 'http://127.0.0.1:7101/a%2Fb/../c'],
    ['https://user@orders.internal.example/a', 'http://127.0.0.1:7101/a'],
    ['https://orders.internal.example\\x/y', 'http://127.0.0.1:7101/x/y'],
    ['https://orders.internal.example/a\\b', 'http://127.0.0.1:7101/a\\b'],
  ])('of an API without a path before its paths: %s becomes %s', (value, expected) => {
    expect(rewriteForLocal('location', value, { ...all, basePath: '' })).toBe(expected);
  });

  test.each(['/api//evil.example/x', '/api/\\evil.example/x', '/api/\t/evil.example/x', '/api///evil.example'])(
    '%j leads a browser to the local address',
    (value) => {
      const location = new URL(rewriteForLocal('location', value, all), 'http://127.0.0.1:7101/here');
      expect(location.host).toBe('127.0.0.1:7101');
    },
  );

  test('to another address of the API keep what stands behind it as it is written', () => {
    const rules = [{ from: 'https://old.example/app', to: '/new' }];
    const rewrite = (value: string): string => rewriteForLocal('location', value, { ...all, rules });
    expect(rewrite('https://old.example/app/\xc3\xa4?q=\xc3\xbc')).toBe(
      'http://127.0.0.1:7101/new/\xc3\xa4?q=\xc3\xbc',
    );
    expect(rewrite('https://old.example/app/../x')).toBe('https://old.example/app/../x');
  });

  test('stay as they are when the API’s config says so', () => {
    const value = 'https://orders.internal.example/api/v1';
    expect(rewriteForLocal('location', value, { ...all, redirects: false })).toBe(value);
  });
});

test('cookies lose Domain and Secure, and nothing else', () => {
  expect(
    rewriteForLocal('set-cookie', 'a=domain=b; Domain=.example; Path=/; SECURE; HttpOnly; SameSite=Lax', all),
  ).toBe('a=domain=b; Path=/; HttpOnly; SameSite=Lax');
  expect(rewriteForLocal('set-cookie', 'a=b; Domain=x', { ...all, cookies: false })).toBe('a=b; Domain=x');
});

test('a CORS header that names the upstream names the local address, another origin stays', () => {
  expect(rewriteForLocal('access-control-allow-origin', 'https://orders.internal.example', all)).toBe(
    'http://127.0.0.1:7101',
  );
  expect(rewriteForLocal('access-control-allow-origin', 'https://app.example', all)).toBe('https://app.example');
  expect(rewriteForLocal('access-control-allow-origin', '*', all)).toBe('*');
});

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
  ])('%s becomes %s', (value, expected) => {
    expect(rewriteForLocal('location', value, all)).toBe(expected);
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

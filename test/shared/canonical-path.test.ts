import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalPath, pathForms } from '../../shared/canonical-path.ts';

const refused: readonly (readonly [target: string, why: string])[] = [
  ['/a/../admin', 'dot segment'],
  ['/./a', 'dot segment'],
  ['/a/..', 'dot segment'],
  ['/%2e%2e/admin', 'dot segment'],
  ['/%2E./admin', 'dot segment'],
  ['/a/.%2e?x=1', 'dot segment'],
  ['/..%20/admin', 'dot segment'],
  ['/.../admin', 'dot segment'],
  ['/%E2%80%A5/admin', 'dot segment'],
  ['/%EF%BC%8E%EF%BC%8E/admin', 'dot segment'],
  ['/.%E2%80%8B./admin', 'dot segment'],
  ['/a/..::$INDEX_ALLOCATION/admin', 'dot segment'],
  ['/a/..%3Fb', 'dot segment'],
  ['/a/..%23b', 'dot segment'],
  ['/::$INDEX_ALLOCATION/admin', 'NTFS'],
  ['/::$DATA', 'NTFS'],
  ['/:$i30', 'NTFS'],
  ['/.%CD%8F./admin', 'dot segment'],
  ['/%CC%81../admin', 'dot segment'],
  ['/.%CC%81.%CC%81/admin', 'dot segment'],
  ['/:%CC%81:$DATA', 'NTFS'],
  ['/%CD%8F/admin', 'invisible'],
  ['/%252e%252e/admin', 'encoded twice'],
  ['/a%252fadmin', 'encoded twice'],
  ['/a%25%32%66admin', 'encoded twice'],
  ['/a%25%325%32f', 'encoded twice'],
  ['/a%25u002f', 'encoded twice'],
  ['/a%2fadmin', 'encoded slash'],
  ['/a%2Fadmin', 'encoded slash'],
  ['/a%5cadmin', 'backslash'],
  ['/a\\admin', 'backslash'],
  ['/a;x=1/admin', 'semicolon'],
  ['/a%3bx=1/admin', 'semicolon'],
  ['/..;/admin', 'semicolon'],
  ['//admin', 'empty segment'],
  ['/a//admin', 'empty segment'],
  ['/admin//', 'empty segment'],
  ['/%20/admin', 'invisible'],
  ['/%E2%80%8B/admin', 'invisible'],
  ['/admin%00', 'control'],
  ['/admin%0a', 'control'],
  ['/admin%7f', 'control'],
  ['/admin\u0000', 'control'],
  ['/admin\tx', 'control'],
  ['/admin x', 'control'],
  ['/%c0%ae%c0%ae/admin', 'UTF-8'],
  ['/%e0%80%af', 'UTF-8'],
  ['/%ff', 'UTF-8'],
  ['/%ed%a0%80', 'UTF-8'],
  ['/%c3', 'UTF-8'],
  ['/a#b', '#'],
  ['/a?b#c', '#'],
  ['/a?b c', 'query'],
  ['/a?b\u0000', 'query'],
  ['/a?b\u0009', 'query'],
  ['/a?b\u001f', 'query'],
  ['/a?b\u007f', 'query'],
  ['/a\uff0fadmin', 'non-ASCII'],
  ['/caf\u00e9', 'non-ASCII'],
  ['/a%EF%BC%8Fadmin', 'delimiter'],
  ['/a%E2%88%95admin', 'delimiter'],
  ['/a%EF%BC%BCadmin', 'delimiter'],
  ['/a%C2%85b', 'delimiter'],
  ['/%zz', 'hexadecimal'],
  ['/%u002f', 'hexadecimal'],
  ['/a%', 'hexadecimal'],
  ['/a%2', 'hexadecimal'],
];

const accepted: readonly (readonly [target: string, path: string, query: string])[] = [
  ['/', '/', ''],
  ['/v1/orders/4711?state=open', '/v1/orders/4711', '?state=open'],
  ['/v1/orders/', '/v1/orders/', ''],
  ['/a?', '/a', '?'],
  ['/a?b=caf\u00c3\u00a9\u0080', '/a', '?b=caf\u00c3\u00a9\u0080'],
  ['/a?b=%zz&c=/../%2f', '/a', '?b=%zz&c=/../%2f'],
  ['/%61%7e%2D', '/a~-', ''],
  ['/a%40b%2b', '/a%40b%2B', ''],
  ["/a!$&'()*+,=:@b", "/a!$&'()*+,=:@b", ''],
  ['/{id}|x^"<>`[]', '/%7Bid%7D%7Cx%5E%22%3C%3E%60%5B%5D', ''],
  ['/caf%c3%a9', '/caf%C3%A9', ''],
  ['/100%25', '/100%25', ''],
  ['/.well-known/x', '/.well-known/x', ''],
  ['/a..b/c.', '/a..b/c.', ''],
  ['/c%23/x%3fy', '/c%23/x%3Fy', ''],
  ['/:x', '/:x', ''],
  ['/%3Fx', '/%3Fx', ''],
  ['/%41/', '/A/', ''],
  ['/a%20/', '/a%20/', ''],
  ['/a%20b/?c//d', '/a%20b/', '?c//d'],
];

describe('canonicalPath', () => {
  it.each(refused)('refuses %j and says why: %s', (target, why) => {
    const result = canonicalPath(target);
    expect(result).toMatchObject({ status: 'refused', reason: 'ambiguous' });
    expect(result.status === 'refused' && result.detail).toContain(why);
  });

  it('tells the absolute form from what isn’t a path at all', () => {
    expect(canonicalPath('http://orders.internal/v1')).toMatchObject({ reason: 'absolute-form' });
    expect(canonicalPath('HTTPS://x/')).toMatchObject({ reason: 'absolute-form' });
    for (const target of ['*', '', 'orders:443', 'a/b', '?x']) {
      expect(canonicalPath(target)).toMatchObject({ reason: 'not-a-path' });
    }
  });

  it.each(accepted)('gives %j one form', (target, path, query) => {
    expect(canonicalPath(target)).toEqual({ status: 'ok', path, query });
  });

  it('lets an encoded slash through only by opt-in, and never to climb', () => {
    const options = { allow: ['encoded-slash'] as const };
    expect(canonicalPath('/p/group%2fproject', options)).toMatchObject({ path: '/p/group%2Fproject' });
    for (const target of ['/p/..%2fadmin', '/p/x%2f..%2fadmin', '/p/x%2f%2e%2e', '/p/%2e%2f', '/p/x%252f']) {
      expect(canonicalPath(target, options)).toMatchObject({ status: 'refused' });
    }
  });

  const anyTarget = fc
    .array(
      fc.oneof(
        fc.constantFrom(
          '/',
          '.',
          '..',
          '%',
          '%2e',
          '%2F',
          '%25',
          '%5c',
          ';',
          '?',
          '#',
          '%c3%a9',
          '%EF%BC%8F',
          'a',
          'A',
          '~',
        ),
        fc.string({ maxLength: 2, unit: 'binary' }),
        fc.integer({ min: 0, max: 255 }).map((byte) => `%${byte.toString(16).padStart(2, '0')}`),
      ),
      { maxLength: 12 },
    )
    .map((parts) => `/${parts.join('')}`);

  it.each([
    ['/a%3Bb', 'semicolon'],
    ['/a;b', 'semicolon'],
    ['/a%5Cb', 'encoded-backslash'],
    ['/a%2Fb', 'encoded-slash'],
    ['/a%252Fb', 'double-encoding'],
    ['/a//b', 'empty-segments'],
    ['/a%EF%BC%9Fb', 'fullwidth'],
  ] as const)('lets %s through as it is where %s is asked for, and nowhere else', (target, form) => {
    for (const other of pathForms)
      expect(canonicalPath(target, { allow: [other] }).status, other).toBe(other === form ? 'ok' : 'refused');
    expect(canonicalPath(target, { allow: [form] })).toEqual({ status: 'ok', path: target, query: '' });
  });

  it('is idempotent, keeps the query and yields only plain ASCII for any input', () => {
    fc.assert(
      fc.property(anyTarget, fc.subarray([...pathForms]), (target, allow) => {
        const first = canonicalPath(target, { allow });
        if (first.status === 'refused') return;
        expect(canonicalPath(first.path + first.query, { allow })).toEqual(first);
        expect(first.path).toMatch(/^\/(?:[\w.~!$&'()*+,=:@;/-]|%[0-9A-F]{2})*$/);
        expect(first.path).not.toMatch(/\/\.{1,2}(?:\/|$)|%00|^\/\//);
        if (!allow.includes('empty-segments')) expect(first.path).not.toContain('//');
        if (!allow.includes('encoded-backslash')) expect(first.path).not.toContain('%5C');
        if (!allow.includes('semicolon')) expect(first.path).not.toMatch(/;|%3B/);
        expect(target.endsWith(first.query)).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  it('gives one form to all encodings of the same unreserved text', () => {
    const unreserved = fc.constantFrom(...'azAZ09-_~'.split(''));
    const encodings = fc.array(fc.tuple(unreserved, fc.constantFrom('plain', 'upper', 'lower')), { minLength: 1 });
    fc.assert(
      fc.property(encodings, (characters) => {
        const plain = `/${characters.map(([character]) => character).join('')}`;
        const spelled = characters.map(([character, how]) => {
          const hex = character.charCodeAt(0).toString(16);
          return how === 'plain' ? character : `%${how === 'upper' ? hex.toUpperCase() : hex}`;
        });
        expect(canonicalPath(`/${spelled.join('')}`)).toMatchObject({ status: 'ok', path: plain });
      }),
    );
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.subarray([...pathForms]), (target, allow) => {
        expect(['ok', 'refused']).toContain(canonicalPath(target, { allow }).status);
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses what Node’s own parser lets through of bad targets, byte for byte', async () => {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(canonicalPath(request.url ?? '').status);
      response.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port.');
    const bad = [
      '/caf\u00e9',
      '/\u00c0\u00ae\u00c0\u00ae/a',
      '/a\\b',
      '/a\u0001b',
      '/a#b',
      '//a',
      '/a\u0000b',
      '/a?\u0001',
      '/a;b',
      '/\u007f',
    ];
    for (const target of bad) {
      const socket = connect(address.port, '127.0.0.1');
      socket.end(Buffer.from(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 'latin1'));
      socket.resume();
      await once(socket, 'close');
    }
    server.close();
    expect(seen.length).toBeGreaterThan(0);
    expect(new Set(seen)).toEqual(new Set(['refused']));
  });
});

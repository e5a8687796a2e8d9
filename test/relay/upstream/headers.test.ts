import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileCallerHeaders } from '../../../relay/upstream/caller-headers.ts';
import { headerFate } from '../../../relay/config/values/header-names.ts';
import { readRequestHeaders } from '../../../relay/request/gates/request-headers.ts';
import { readResponseHeaders } from '../../../relay/way-back/response-headers.ts';

const reserved = [
  'x-causeway-identity',
  'x-causeway-request-id',
  'x-forwarded-user',
  'x-forwarded-for',
  'forwarded',
  'remote-user',
  'x-original-url',
  'x-http-method-override',
  'proxy-authorization',
  'transfer-encoding',
  'connection',
  'upgrade',
];

/** A reserved name with any case and any of HTTP's separators for its hyphens (RFC 9110 §5.6.2). */
const mutatedName = fc
  .tuple(fc.constantFrom(...reserved), fc.infiniteStream(fc.boolean()), fc.constantFrom(..."-_.!#$%&'*+^`|~".split('')))
  .map(([name, upper, separator]) =>
    name
      .split('')
      .map((char) => (char === '-' ? separator : upper.next().value === true ? char.toUpperCase() : char))
      .join(''),
  );

const usual = compileCallerHeaders({ headers: {}, drop_headers: [], keep_headers: [] });

const ordinary = fc.tuple(fc.stringMatching(/^[a-z]{3,8}$/), fc.stringMatching(/^[a-z0-9]{0,10}$/));

describe('request headers', () => {
  it('never let a reserved name through, however it is spelled', () => {
    fc.assert(
      fc.property(mutatedName, (name) => {
        expect(headerFate(name)).not.toBe('pass');
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    'Host',
    'Origin',
    'Sec-Fetch-Site',
    'Sec-Fetch-Mode',
    'Sec-Fetch-Dest',
    'Destination',
    'Content-Length',
    'X-Causeway-Key',
    'Transfer-Encoding',
  ])('that hold %s twice are refused, the same value or another, in any case', (name) => {
    const value = { 'Content-Length': '5', 'Transfer-Encoding': 'chunked' }[name] ?? 'null';
    const host = name === 'Host' ? [] : ['Host', 'a:1'];
    const read = (...more: string[]) => readRequestHeaders([...host, name, value, ...more], 200);
    expect(read()).toMatchObject({ status: 'ok' });
    for (const again of [name, name.toLowerCase(), name.toUpperCase()])
      for (const other of [value, 'http://a:1', ''])
        expect(read('Accept', '*/*', again, other), `${again}: ${other}`).toMatchObject({
          status: 'refused',
          httpStatus: 400,
        });
  });

  const read = (...headers: string[]) => readRequestHeaders(['Host', 'a:1', ...headers], 10);

  it.each<[headers: string[], said: object]>([
    [[], { hasBody: false, contentLength: undefined }],
    [['Content-Length', '0'], { hasBody: false, contentLength: 0 }],
    [['Content-Length', '1'], { hasBody: true, contentLength: 1 }],
    [['Content-Length', '5'], { hasBody: true, contentLength: 5 }],
    [['Remote-Groups', 'g', 'X-Auth-User', 'u'], { forwarded: ['Remote-Groups', 'g', 'X-Auth-User', 'u'] }],
    [['Content-Length', '9'.repeat(15)], { hasBody: true, contentLength: 999_999_999_999_999 }],
    [['Transfer-Encoding', 'Chunked'], { hasBody: true, contentLength: undefined }],
    [['Expect', '100-Continue'], { forwarded: [] }],
    [['X-Causeway-Key', 'k'], { accessKey: 'k', forwarded: [] }],
    [['Destination', '/b'], { destination: '/b', forwarded: ['Destination', '/b'] }],
    [
      ['X-HTTP-Method-Override', 'PUT', 'X-Method-Override', 'GET'],
      {
        methodOverrides: [
          ['X-HTTP-Method-Override', 'PUT'],
          ['X-Method-Override', 'GET'],
        ],
        forwarded: ['X-HTTP-Method-Override', 'PUT', 'X-Method-Override', 'GET'],
      },
    ],
    [
      ['Origin', 'http://b', 'Sec-Fetch-Site', 's', 'Sec-Fetch-Mode', 'm', 'Sec-Fetch-Dest', 'd'],
      {
        page: { origin: 'http://b', fetchSite: 's', fetchMode: 'm', fetchDest: 'd' },
        forwarded: ['Origin', 'http://b', 'Sec-Fetch-Site', 's', 'Sec-Fetch-Mode', 'm', 'Sec-Fetch-Dest', 'd'],
      },
    ],
    [
      ['Connection', 'close, keep-alive,Upgrade, , X-A', 'Close', '1', 'X-A', '2', 'X-B', '3'],
      { forwarded: ['Close', '1', 'X-B', '3'] },
    ],
    [Array.from({ length: 9 }, () => ['X-A', '1']).flat(), { host: 'a:1' }],
  ])('say %j as it is', (headers, said) => {
    expect(read(...headers)).toMatchObject({ status: 'ok', ...said });
  });

  it.each<[headers: string[], httpStatus: number]>([
    [['Content-Length', ''], 400],
    [['Content-Length', '+5'], 400],
    [['Content-Length', '5, 5'], 400],
    [['Content-Length', '0x5'], 400],
    [['Content-Length', '9'.repeat(16)], 400],
    [['Transfer-Encoding', 'gzip, chunked'], 400],
    [['Transfer-Encoding', 'identity'], 400],
    [['Transfer-Encoding', ''], 400],
    [['Transfer-Encoding', 'chunked', 'Content-Length', '5'], 400],
    [['Content-Length', '0', 'Transfer-Encoding', 'chunked'], 400],
    [['Expect', '200-ok'], 417],
    [['Expect', '100-continue, x'], 417],
    [Array.from({ length: 10 }, () => ['X-A', '1']).flat(), 431],
  ])('that say %j are refused with %i', (headers, httpStatus) => {
    expect(read(...headers)).toMatchObject({ status: 'refused', httpStatus });
  });

  it('are named with their number when they are too many', () => {
    const why = { code: 'too-many-headers', values: { count: 11, most: 10 } };
    expect(read(...Array.from({ length: 10 }, () => ['X-A', '1']).flat())).toMatchObject({ why });
  });

  it('without a Host are refused', () => {
    expect(readRequestHeaders(['Accept', '*/*'], 10)).toMatchObject({ status: 'refused', httpStatus: 400 });
  });

  it('hold, whatever is sent, only names that pass, and framing that one header decides', () => {
    const header = fc.oneof(
      ordinary,
      fc.tuple(mutatedName, fc.constantFrom('close', 'x', 'chunked', 'authorization', '1')),
      fc.tuple(fc.constantFrom('Content-Length', 'content-length'), fc.constantFrom('0', '5', '+5', '5, 5', '')),
      fc.tuple(fc.constantFrom('Host', 'hOST'), fc.constantFrom('a:1', 'b:2')),
    );
    fc.assert(
      fc.property(fc.array(header, { maxLength: 12 }), (pairs) => {
        const read = readRequestHeaders(pairs.flat(), 200);
        if (read.status === 'refused') {
          expect([400, 417, 431]).toContain(read.httpStatus);
          return;
        }
        const all = read.forwarded.filter((_, index) => index % 2 === 0);
        for (const name of all) expect(['own', 'hop', 'host', 'expect']).not.toContain(headerFate(name));
        const names = all.filter(usual.passes);
        for (const name of names) expect(['pass', 'content-length']).toContain(headerFate(name));
        expect(names.filter((name) => headerFate(name) === 'content-length').length).toBeLessThanOrEqual(1);
        expect(pairs.filter(([name]) => name.toLowerCase() === 'host').length).toBe(1);
      }),
      { numRuns: 2000 },
    );
  });

  it('keep a Content-Length that Connection names, and drop what else it names', () => {
    const read = readRequestHeaders(
      ['Host', 'a', 'Connection', 'content-length, X-Gone', 'Content-Length', '3', 'x-gone', '1', 'X-Kept', '2'],
      200,
    );
    expect(read).toMatchObject({ status: 'ok', forwarded: ['Content-Length', '3', 'X-Kept', '2'], contentLength: 3 });
  });
});

describe('response headers', () => {
  it.each(['a\r\nb', 'a\nb', 'a\rb', 'a\0b'])('with %j in a value are refused', (value) => {
    expect(() => readResponseHeaders(['X-A', value])).toThrow(/line break/);
  });

  it('lose what is hop-by-hop and what Connection names, and keep duplicates in order', () => {
    const raw = ['Set-Cookie', 'a=1', 'Connection', 'X-Gone', 'set-cookie', 'b=2', 'X-Gone', '1', 'Keep-Alive', 't'];
    expect(readResponseHeaders(raw.map((text) => Buffer.from(text)))).toEqual([
      'Set-Cookie',
      'a=1',
      'set-cookie',
      'b=2',
    ]);
  });
});

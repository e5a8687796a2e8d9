import type { Evidence } from './evidence.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Bytes that a caller sends where an HTTP/1.1 request is expected, and what must not become of them. */
export interface Oddity {
  readonly bytes: Buffer;
  readonly promise: Evidence['promise'];
  readonly method: string;
}

const fieldsRefused = [
  'X : space before the colon',
  'X\t: tab before the colon',
  ' X: at the line’s start',
  'X: folded\r\n on',
  'X: folded\r\n\ton',
  ': no name',
  'no colon',
  'X: a\0b',
  'X: a\rb',
  'X: a\nSmuggled: b',
  'X: \x7f',
  'X: a\x0bb',
  'X\x01: a',
  'X(: a',
  '"X": a',
  'X\xef: a',
  'X\r: a',
  'Transfer-Encoding x: chunked',
  'Transfer\\Encoding: chunked',
  'Content-Length : 3',
  'Foo: bar\rTransfer-Encoding: chunked',
  'Foo: bar\r\n\rTransfer-Encoding: chunked',
  'Foo: bar\n\nTransfer-Encoding: chunked',
  'Host: elsewhere.example',
  'HOST: elsewhere.example',
  'Expect: 200-ok',
  'Content-Length: ',
  'Content-Length: 3, 3',
  'Content-Length: 3, 4',
  'Content-Length: +3',
  'Content-Length: -3',
  'Content-Length: 0x3',
  'Content-Length: 1_0',
  'Content-Length: 3 4',
  'Content-Length: 3.0',
  'Content-Length: 3;x',
  'Content-Length: \x0b3',
  'Content-Length: 99999999999999999999',
  'Content-Length: 3\r\nContent-Length: 3',
  'Content-Length: 3\r\nContent-Length: 4',
  'Content-Length: 3\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r\nContent-Length: 3',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: x',
  ...['xchunked', 'chunk', 'identity', 'gzip', '"chunked"', "'chunked'", 'chunked, identity', 'identity, chunked'].map(
    coding,
  ),
  ...[
    'identity, chunked, identity',
    'gzip, chunked',
    'chunked, chunked',
    'chunked;q=1',
    'chunked\x0b',
    '\x0bchunked',
  ].map(coding),
  ...[
    '\x0cchunked',
    'chunked\0',
    'chunked\x7f',
    '\xa0chunked',
    'chunked\x85',
    'ch\x96nked',
    ',chunked',
    'chunked,',
    '',
  ].map(coding),
  'Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 3',
  `X: ${'x'.repeat(40_000)}`,
  'X: y\r\n'.repeat(260).slice(0, -2),
] as const;

function coding(value: string): string {
  return `Transfer-Encoding: ${value}`;
}

const fieldsAny = [
  'Connection: close, X-Causeway-Identity',
  'Connection: Content-Length, Host, X-Case',
  'X-Causeway-Identity: forged',
  'X-Causeway-Request-Id: forged',
  'X-Forwarded-For: 192.0.2.1',
  'Expect: 100-continue',
  'Upgrade: websocket\r\nConnection: Upgrade',
  'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk',
  'Transfer_Encoding: chunked',
  'Transfer-%45ncoding: chunked',
  'Content-Encoding: chunked',
  'transfer-ENCODING:chunked',
  'Transfer-Encoding: chunked\t',
  'Content-Length:3',
  'Content-Length: 03',
  'TE: trailers, chunked;q=0.5',
  'Trailer: Content-Length',
  'Referer: a\r\nReferer: b',
  'constructor: y\r\n__proto__: z',
  'X-HTTP-Method-Override: DELETE',
  'Range: bytes=0-0,0-0,0-0',
  'Content-Length: 0',
  'X: \xff\xfe',
] as const;

const targetsRefused = [
  '//x',
  '/..',
  '/../../../secret/1',
  '/%2e%2e/x',
  '/%2F',
  '/;x',
  '/\\x',
  '/%5c',
  '/%00',
  '/%zz',
  '/\xc3\xa4',
] as const;
const moreTargetsRefused = [
  '/%c0%af',
  '/./x',
  ' x',
  '\tx',
  '#x',
  '/%252e%252e',
  '/x%0d%0aX:',
  '?a b',
  '/\x01',
  '/\x7f',
] as const;
const versionsRefused = [
  '',
  ' HTTP/2.0',
  ' HTTP/0.9',
  ' http/1.1',
  ' HTTP/1,1',
  ' HTTP/11',
  ' XTTP/1.1',
  ' HTTP/1.10',
  ' HTTP/3.0',
] as const;
const moreVersionsRefused = [
  ' HTTP/\r1.1',
  '\nHTTP/1.1',
  ' HTTP/1.1 ',
  ' HTTP/1.1\0',
  ' HTTP/1.',
  '\x0bHTTP/1.1',
  ' HTTP/-1.1',
] as const;
const methodsRefused = ['get', 'PRI', 'CONNECT', 'TRACE', 'FOO', 'GE\0T', 'G(T', 'GET\t', '\0GET', ' GET'] as const;

const chunkedCut = [
  'FFFFFFFFFFFFFFFF1\r\na\r\n0\r\n\r\n',
  '0x3\r\nabc\r\n0\r\n\r\n',
  '0_3\r\nabc\r\n0\r\n\r\n',
  '+3\r\nabc\r\n0\r\n\r\n',
  '-1\r\nabc\r\n0\r\n\r\n',
  '\r\nabc\r\n0\r\n\r\n',
  ' 3\r\nabc\r\n0\r\n\r\n',
  'g\r\nabc\r\n0\r\n\r\n',
  '3\nabc\r\n0\r\n\r\n',
  '3\r\nabc\n0\r\n\r\n',
  '3\r\nabcd\r\n0\r\n\r\n',
  '3\r\nabc\r\n0\n\r\n',
  '3;x="\n"\r\nabc\r\n0\r\n\r\n',
  '3;\nx\r\nabc\r\n0\r\n\r\n',
  '3;\0\r\nabc\r\n0\r\n\r\n',
  '3\x0b\r\nabc\r\n0\r\n\r\n',
  `3;${'x'.repeat(70_000)}\r\nabc\r\n0\r\n\r\n`,
  '3\r\nabc\r\n0\r\nX: a\0b\r\n\r\n',
  '3\r\nabc\r\n0\r\nX : a\r\n\r\n',
  '3\r\nabc\r\n0\r\nX\n\r\n',
  `3\r\nabc\r\n0\r\n${'X: y\r\n'.repeat(20_000)}\r\n`,
] as const;
const chunkedAny = [
  '0\r\n\r\n',
  '3\r\nabc\r\n0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nHost: x\r\n\r\n',
  '3\r\nabc\r\n0\r\nX-Causeway-Identity: forged\r\n\r\n',
  '0003\r\nabc\r\n000\r\n\r\n',
  '3;a;b="c;d"\r\nabc\r\n0;e\r\n\r\n',
  '3 \r\nabc\r\n0\r\n\r\n',
  '3\r\nabc\r\n',
  '3\r\nab',
  '3',
  '',
] as const;

type Generator = (
  random: SeededRandom,
  target: string,
  host: string,
  smuggled: string,
) => Omit<Oddity, 'bytes'> & { readonly text: string };

const body = '3\r\nabc\r\n0\r\n\r\n';

/** Ambiguities of RFC 9112 and of what published corpora found in other servers; one mistake a case. */
const generators: readonly [Generator, ...Generator[]] = [
  (random, target, host, smuggled) => {
    const field = random.pick(fieldsRefused);
    const lines = random.oneIn(2) ? [`Host: ${host}`, field] : [field, `Host: ${host}`];
    // Refused for what it asks, not for how it is framed: what follows is a request of its own.
    const next = field.startsWith('Expect') ? '' : smuggled;
    const method = field.startsWith('Upgrade') ? 'GET' : random.pick(['POST', 'POST', 'PUT', 'GET']);
    return {
      method,
      promise: 'refused',
      text: `${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}${next}`,
    };
  },
  (random, target, host, smuggled) => {
    const method = random.pick(['POST', 'GET', 'PUT', 'DELETE', 'OPTIONS']);
    const text = `${method} ${target} ${random.pick(['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/1.2', 'HTTP/1.9'])}\r\nHost: ${host}\r\n${random.pick(fieldsAny)}\r\n\r\n${random.pick(['', 'abc', body])}${smuggled}`;
    return { method, promise: 'any', text };
  },
  (random, target, host) => {
    const odd = random.oneIn(2) ? random.pick(targetsRefused) : random.pick(moreTargetsRefused);
    return { method: 'GET', promise: 'refused', text: `GET ${target}${odd} HTTP/1.1\r\nHost: ${host}\r\n\r\n` };
  },
  (random, target, host, smuggled) => {
    const version = random.oneIn(2) ? random.pick(versionsRefused) : random.pick(moreVersionsRefused);
    return { method: 'GET', promise: 'refused', text: `GET ${target}${version}\r\nHost: ${host}\r\n\r\n${smuggled}` };
  },
  (random, target, host, smuggled) => {
    const method = random.pick(methodsRefused);
    return {
      method: 'GET',
      promise: 'refused',
      text: `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n${smuggled}`,
    };
  },
  (random, target, host) => {
    const forms = [
      `http://elsewhere.example${target}`,
      `https://${host}${target}`,
      `http://user@${host}${target}`,
      '*',
      host,
      `ftp://${host}${target}`,
    ];
    const form = random.pick([forms[0] ?? '', ...forms]);
    return { method: 'GET', promise: 'refused', text: `GET ${form} HTTP/1.1\r\nHost: ${host}\r\n\r\n` };
  },
  (random, target, host) => {
    const hosts = [
      '',
      ' ',
      'elsewhere.example',
      `${host}, ${host}`,
      `user@${host}`,
      `${host}/x`,
      `${host} x`,
      `x${host}`,
      `${host}#`,
      `[::1`,
    ];
    const line = random.pick(['', ...hosts.map((name) => `Host: ${name}\r\n`)]);
    return { method: 'GET', promise: 'refused', text: `GET ${target} HTTP/1.1\r\n${line}\r\n` };
  },
  (random, target, host, smuggled) => {
    const end = random.pick(['\n', '\r', '\n\r', '\r\r\n', '\0\r\n', '\x0b\r\n']);
    return {
      method: 'GET',
      promise: 'refused',
      text: `GET ${target} HTTP/1.1${end}Host: ${host}${end}X: y${end}${end}${smuggled}`,
    };
  },
  (random, target, host, smuggled) => ({
    method: 'GET',
    promise: 'any',
    text: `${random.pick(['\r\n', '\r\n\r\n', '\n', '\r'])}GET ${random.pick([target, `http://${host}${target}`])} HTTP/1.1\r\nHost: ${host}\r\n\r\n${smuggled}`,
  }),
  (random, target, host, smuggled) => ({
    method: 'POST',
    promise: 'cut',
    text: `POST ${target} HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n${random.pick(chunkedCut)}${smuggled}`,
  }),
  (random, target, host, smuggled) => ({
    method: 'POST',
    promise: 'any',
    text: `POST ${target} HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n${random.pick(chunkedAny)}${smuggled}`,
  }),
  (random, target, host, smuggled) => ({
    method: 'GET',
    // What follows on the connection is a request of its own, and refused like this one.
    promise: 'refused',
    text: `${random.pick(['GET', 'POST'])} ${target.replace('/case/', random.pick(['/secret/', '/%73ecret/', '/secre%74/']))} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\n\r\n${random.oneIn(2) ? '' : smuggled.replace('/case/', '/secret/')}`,
  }),
];

/** Turns over up to three bytes, or cuts the end off. */
export function spoil(random: SeededRandom, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  for (let count = random.number(4); count > 0; count -= 1) copy[random.number(copy.length)] = random.number(256);
  return random.oneIn(3) ? copy.subarray(0, random.number(copy.length)) : copy;
}

/** What may be taken for one request or for two; where it's certain that it must be refused, `promise` says so. */
export function http1Oddity(random: SeededRandom, target: string, host: string): Oddity {
  const smuggled = random.oneIn(2) ? '' : `GET ${target}/smuggled HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  const { text, promise, method } = random.pick(generators)(random, target, host, smuggled);
  const bytes = Buffer.from(text, 'latin1');
  return random.oneIn(3) ? { bytes: spoil(random, bytes), promise: 'any', method } : { bytes, promise, method };
}

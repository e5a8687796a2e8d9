import { describe, expect, it } from 'vitest';
import { forwardedCaller, type TrustedProxies, trustedProxiesOf } from '../../../relay/http/caller-address.ts';
import { readProxyHeader } from '../../../relay/http/public/proxy-header.ts';

const trusted = (addressFrom: TrustedProxies['addressFrom']): TrustedProxies => {
  const proxies = trustedProxiesOf({
    trusted_proxies: { addresses: ['10.0.0.0/8', '2001:db8::/32'], address_from: addressFrom },
  });
  if (proxies === null) throw new Error('There are some.');
  return proxies;
};

describe('the caller by X-Forwarded-For', () => {
  it.each([
    ['an untrusted peer’s header', '192.0.2.1', '198.51.100.7', '192.0.2.1'],
    ['no header', '10.0.0.1', undefined, '10.0.0.1'],
    ['one address', '10.0.0.1', '198.51.100.7', '198.51.100.7'],
    ['a forged one before it', '10.0.0.1', '6.6.6.6, 198.51.100.7', '198.51.100.7'],
    ['a forged trusted one before it', '10.0.0.1', '10.9.9.9, 198.51.100.7', '198.51.100.7'],
    ['two proxies', '10.0.0.1', '6.6.6.6,198.51.100.7 , 10.0.0.2', '198.51.100.7'],
    ['only proxies', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['a mapped peer', '::ffff:10.0.0.1', '198.51.100.7', '198.51.100.7'],
    ['IPv6', '2001:db8::1', '2001:4860::1', '2001:4860::1'],
    ['ports', '10.0.0.1', '[2001:4860::1]:4711, 10.0.0.2:80', '2001:4860::1'],
    ['no address', '10.0.0.1', '198.51.100.7, someone', '10.0.0.1'],
    ['nothing behind a comma', '10.0.0.1', '198.51.100.7,', '10.0.0.1'],
    ['an octal form', '10.0.0.1', '0306.51.100.7', '10.0.0.1'],
    ['markup', '10.0.0.1', '<script>', '10.0.0.1'],
  ])('%s', (_what, peer, header, caller) => {
    expect(forwardedCaller(peer, { 'x-forwarded-for': header }, trusted('x-forwarded-for'))).toBe(caller);
  });

  it('isn’t read where the proxies set Forwarded, nor the other way round', () => {
    const headers = { 'x-forwarded-for': '6.6.6.6', forwarded: 'for=198.51.100.7' };
    expect(forwardedCaller('10.0.0.1', headers, trusted('forwarded'))).toBe('198.51.100.7');
    expect(forwardedCaller('10.0.0.1', headers, trusted('x-forwarded-for'))).toBe('6.6.6.6');
  });
});

describe('the caller by Forwarded (RFC 7239)', () => {
  it.each([
    ['for=198.51.100.7', '198.51.100.7'],
    ['For="[2001:4860::1]:4711";proto=https', '2001:4860::1'],
    ['proto=https;by=10.0.0.1;for=198.51.100.7', '198.51.100.7'],
    ['for=6.6.6.6, for=198.51.100.7;by=10.0.0.2, for=10.0.0.2', '198.51.100.7'],
    ['for="198.51.100.7:80" , for=10.0.0.2', '198.51.100.7'],
    ['for=unknown', '10.0.0.1'],
    ['for=_hidden', '10.0.0.1'],
    ['for=_hidden, for=10.0.0.2', '10.0.0.2'],
    ['proto=https', '10.0.0.1'],
    ['for=198.51.100.7, proto=https', '10.0.0.1'],
    ['for=198.51.100.7;for=6.6.6.6', '10.0.0.1'],
    ['for="6.6.6.6, for=198.51.100.7', '10.0.0.1'],
    ['host="a,b;for=6.6.6.6";for=198.51.100.7', '198.51.100.7'],
    ['for="198.51\\.100.7"', '198.51.100.7'],
    ['=;,', '10.0.0.1'],
    ['', '10.0.0.1'],
  ])('%s', (header, caller) => {
    expect(forwardedCaller('10.0.0.1', { forwarded: header }, trusted('forwarded'))).toBe(caller);
  });
});

const v2 = (command: number, family: number, rest: readonly number[], length = rest.length): Buffer =>
  Buffer.from([
    13,
    10,
    13,
    10,
    0,
    13,
    10,
    0x51,
    0x55,
    0x49,
    0x54,
    10,
    command,
    family,
    length >> 8,
    length & 255,
    ...rest,
  ]);
const tcp4 = [198, 51, 100, 7, 10, 0, 0, 1, 0x12, 0x67, 1, 0xbb];
const tcp6 = [0x20, 1, 0x48, 0x60, ...Array<number>(11).fill(0), 1, ...Array<number>(16).fill(0), 0, 1, 0, 2];

describe('a header of the PROXY protocol', () => {
  it.each<[string, Buffer, string | null]>([
    ['TCP over IPv4', v2(0x21, 0x11, tcp4), '198.51.100.7'],
    ['TCP over IPv6', v2(0x21, 0x21, tcp6), '2001:4860::1'],
    ['IPv4 with more behind the addresses', v2(0x21, 0x11, [...tcp4, 4, 0, 1, 0]), '198.51.100.7'],
    ['the proxy itself', v2(0x20, 0x00, []), null],
    ['the proxy itself, with addresses', v2(0x20, 0x11, tcp4), null],
    ['an unknown family', v2(0x21, 0x00, []), null],
    ['a Unix socket', v2(0x21, 0x31, Array<number>(216).fill(1)), null],
    ['version 1', Buffer.from('PROXY TCP4 198.51.100.7 10.0.0.1 4711 443\r\n'), '198.51.100.7'],
    ['version 1 with IPv6', Buffer.from('PROXY TCP6 2001:4860::1 2001:db8::1 4711 443\r\n'), '2001:4860::1'],
    ['version 1, unknown', Buffer.from('PROXY UNKNOWN\r\n'), null],
    ['version 1, unknown with more', Buffer.from('PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n'), null],
  ])('%s is read whole, and from each beginning on asks for more', (_what, bytes, source) => {
    const whole = { status: 'whole', length: bytes.length, source };
    expect(readProxyHeader(bytes)).toEqual(whole);
    expect(readProxyHeader(Buffer.concat([bytes, Buffer.from([0x16, 3, 1])]))).toEqual(whole);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(readProxyHeader(bytes.subarray(0, length)), `${length} bytes`).toEqual({ status: 'more' });
    }
  });

  it.each<[string, Buffer, RegExp]>([
    ['TLS at once', Buffer.from([0x16, 3, 1, 2, 0]), /there is none/],
    ['a request at once', Buffer.from('GET / HTTP/1.1\r\n'), /there is none/],
    ['a request that begins alike', Buffer.from('PROPFIND / HTTP/1.1\r\n'), /there is none/],
    ['version 3', v2(0x31, 0x11, tcp4), /version or command/],
    ['another command', v2(0x22, 0x11, tcp4), /version or command/],
    ['cut addresses', v2(0x21, 0x11, tcp4.slice(0, 11)), /cut off/],
    ['cut IPv6 addresses', v2(0x21, 0x21, tcp4), /cut off/],
    ['a huge one', v2(0x21, 0x11, tcp4, 65_535), /longer than/],
    ['a line without end', Buffer.from(`PROXY UNKNOWN ${'x'.repeat(200)}`), /longer than 107/],
    ['a line without addresses', Buffer.from('PROXY TCP4\r\n'), /can’t be read/],
    ['a line with another family’s address', Buffer.from('PROXY TCP4 ::1 ::1 1 2\r\n'), /no address/],
    ['a line with an octal address', Buffer.from('PROXY TCP4 0306.51.100.7 10.0.0.1 1 2\r\n'), /no address/],
    ['a line that ends early', Buffer.from('PROXY TCP4 198.51.100.7 10.0.0.1 4711 443\n'), /can’t be read/],
  ])('%s is malformed', (_what, bytes, why) => {
    expect(readProxyHeader(bytes)).toEqual({ status: 'malformed', why: expect.stringMatching(why) });
  });
});

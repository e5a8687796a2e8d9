import { describe, expect, it } from 'vitest';
import { compileNetworkRange, networkRangeProblem, readAddress } from '../../../relay/config/values/network-range.ts';

describe('a network range', () => {
  it.each<[source: string, why: RegExp]>([
    ['', /must be an IP address/],
    ['10.1', /must be an IP address/],
    ['0x7f.0.0.1', /must be an IP address/],
    ['010.0.0.1', /must be an IP address/],
    ['localhost', /must be an IP address/],
    ['10.0.0.0/', /between 0 and 32/],
    ['10.0.0.0/33', /between 0 and 32/],
    ['10.0.0.0/-1', /between 0 and 32/],
    ['10.0.0.0/8x', /between 0 and 32/],
    ['10.0.0.0/0008', /between 0 and 32/],
    ['2001:db8::/129', /between 0 and 128/],
    ['2001:db8::/1280', /between 0 and 128/],
    ['10.0.0.1/8', /Write “10\.0\.0\.0\/8”/],
    ['2001:db8::1/32', /Write “2001:db8::\/32”/],
  ])('%j is refused', (source, why) => {
    expect(networkRangeProblem(source)).toMatch(why);
  });

  it.each<[source: string, inside: readonly string[], outside: readonly string[]]>([
    ['192.0.2.1', ['192.0.2.1', '::ffff:192.0.2.1'], ['192.0.2.0', '192.0.2.2', '2001:db8::1', '']],
    ['192.0.2.1/32', ['192.0.2.1'], ['192.0.2.0']],
    ['0.0.0.0/0', ['0.0.0.0', '255.255.255.255'], ['::1', 'x']],
    ['10.0.0.0/9', ['10.0.0.0', '10.127.255.255'], ['10.128.0.0', '9.255.255.255']],
    ['2001:db8::1', ['2001:db8::1', '2001:DB8:0::1%eth0'], ['2001:db8::2', '192.0.2.1']],
    ['2001:db8::/128', ['2001:db8::'], ['2001:db8::1']],
    ['::/0', ['::', 'fe80::1'], ['10.0.0.1', '::ffff:10.0.0.1']],
  ])('%s can be used, and holds its own addresses only', (source, inside, outside) => {
    expect(networkRangeProblem(source)).toBeUndefined();
    const range = compileNetworkRange(source);
    const includes = (text: string): boolean => {
      const address = readAddress(text);
      return address !== null && range.includes(address);
    };
    expect(inside.filter((text) => !includes(text))).toEqual([]);
    expect(outside.filter(includes)).toEqual([]);
  });
});

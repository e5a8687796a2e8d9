import { generate } from 'selfsigned';
import { describe, expect, it } from 'vitest';
import { certificateFaults } from '../../../relay/config/certificate-faults.ts';
import type { LoadedConfig } from '../../../relay/config/load-config.ts';

const dayMs = 86_400_000;
const nowMs = Date.now();

async function shown(url: string, names: readonly string[], fromMs = -dayMs, toMs = dayMs): Promise<string> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'ignored.example' }], {
    notBeforeDate: new Date(nowMs + fromMs),
    notAfterDate: new Date(nowMs + toMs),
    extensions: [
      {
        name: 'subjectAltName',
        altNames: names.map((name) =>
          /^[\d.]+$/.test(name) ? { type: 7 as const, ip: name } : { type: 2 as const, value: name },
        ),
      },
    ],
  });
  const loaded = { config: { relay: { url } }, tls: { cert, key } } as unknown as LoadedConfig;
  return certificateFaults(loaded, nowMs)
    .map(({ message }) => message)
    .join(' ');
}

describe('the certificate that people are shown', () => {
  it.each([
    ['https://access.acme.example', ['access.acme.example']],
    ['https://access.acme.example:8443', ['other.example', '*.acme.example']],
    ['https://192.0.2.7', ['192.0.2.7']],
  ])('of %s is good for %j', async (url, names) => {
    expect(await shown(url, names)).toBe('');
  });

  it.each<[string, string, string[], number, number, RegExp]>([
    ['is over', 'https://a.example', ['a.example'], -2 * dayMs, -dayMs, /ended on .*clients refuse it/],
    ['isn’t valid yet', 'https://a.example', ['a.example'], dayMs, 2 * dayMs, /begins on .* only/],
    ['is of another name', 'https://a.example', ['b.example'], -dayMs, dayMs, /isn’t for a\.example/],
    ['is of a name above', 'https://x.y.a.example', ['*.a.example'], -dayMs, dayMs, /isn’t for x\.y\.a\.example/],
    ['has the name only as its common name', 'https://ignored.example', ['b.example'], -dayMs, dayMs, /isn’t for/],
    ['is of another address', 'https://192.0.2.8', ['192.0.2.7'], -dayMs, dayMs, /isn’t for 192\.0\.2\.8/],
  ])('is faulty when it %s', async (_what, url, names, fromMs, toMs, words) => {
    expect(await shown(url, names, fromMs, toMs)).toMatch(words);
  });
});

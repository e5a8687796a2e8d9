import { generate } from 'selfsigned';
import { describe, expect, it } from 'vitest';
import { notesOnChains } from '../../../relay/config/certificate-chains.ts';
import { certificateFaults, worseCertificate } from '../../../relay/config/certificate-faults.ts';
import type { LoadedConfig } from '../../../relay/config/load-config.ts';

const dayMs = 86_400_000;
const nowMs = Date.now();

/** A certificate with its key in PEM form. */
interface Made {
  readonly cert: string;
  readonly key: string;
}

interface Wanted {
  readonly name?: string;
  readonly names?: readonly string[];
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Who signs it; itself when left out. */
  readonly by?: Made;
  readonly isAuthority?: boolean;
}

async function make({ name = 'ignored.example', names = [], by, ...wanted }: Wanted = {}): Promise<Made> {
  const { fromMs = -dayMs, toMs = dayMs, isAuthority = false } = wanted;
  const altNames = names.map((each) =>
    /^[\d.]+$/.test(each) ? { type: 7 as const, ip: each } : { type: 2 as const, value: each },
  );
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    notBeforeDate: new Date(nowMs + fromMs),
    notAfterDate: new Date(nowMs + toMs),
    ...(by === undefined ? {} : { ca: by }),
    extensions: [
      { name: 'basicConstraints', cA: isAuthority, critical: true },
      ...(isAuthority ? [{ name: 'keyUsage' as const, keyCertSign: true, critical: true }] : []),
      ...(names.length === 0 ? [] : [{ name: 'subjectAltName' as const, altNames }]),
    ],
  });
  return { cert, key };
}

/** A config with what is named, as it is when its files are read. */
function loadedWith(more: object, config: object = {}): LoadedConfig {
  const empty = { issuers: [], apis: [], audit: { sinks: [] }, signals: [] };
  const relay = { url: 'https://a.example' };
  return { authorities: new Map(), config: { ...empty, relay, ...config }, ...more } as unknown as LoadedConfig;
}

const wordsOf = (loaded: LoadedConfig): string =>
  certificateFaults(loaded, nowMs)
    .map(({ place, message }) => `${place.join('.')} ${message}`)
    .join(' ');

async function shown(url: string, names: readonly string[], fromMs = -dayMs, toMs = dayMs): Promise<string> {
  return wordsOf(loadedWith({ tls: await make({ names, fromMs, toMs }) }, { relay: { url } }));
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

  it('is faulty when the authority behind it in its file is over, whatever else is there', async () => {
    const over = await make({ name: 'Over', isAuthority: true, toMs: -dayMs / 2 });
    const other = await make({ name: 'Other', isAuthority: true, toMs: -dayMs / 2 });
    const leaf = await make({ names: ['a.example'], by: over });
    expect(wordsOf(loadedWith({ tls: { ...leaf, cert: leaf.cert + other.cert } }))).toBe('');
    expect(wordsOf(loadedWith({ tls: { ...leaf, cert: leaf.cert + over.cert } }))).toMatch(
      /^relay\.tls\.cert names a certificate whose authority \(CN=Over\), .* ended on/,
    );
  });
});

describe('other certificates of a config', () => {
  it.each<[what: string, wanted: Wanted, words: RegExp | '']>([
    ['an authority', { isAuthority: true }, ''],
    [
      'one that is over',
      { isAuthority: true, toMs: -dayMs / 2 },
      /^admin\.tls\.client_ca names an authority that ended/,
    ],
  ])('of the operators’ authority: %s', async (_what, wanted, words) => {
    const { cert } = await make(wanted);
    expect(wordsOf(loadedWith({ adminTls: { ...(await make()), clientCa: cert } }))).toMatch(words);
  });

  it('of the operators’ authority: one of several that are there, or none that is an authority', async () => {
    const [over, live] = [await make({ isAuthority: true, toMs: -dayMs / 2 }), await make({ isAuthority: true })];
    const leaf = await make({ name: 'leaf', by: { ...live } });
    const judged = (clientCa: string): string => wordsOf(loadedWith({ adminTls: { cert: '', key: '', clientCa } }));
    expect(judged(over.cert + live.cert)).toBe('');
    expect(judged(leaf.cert)).toMatch(/of no authority: no operator’s certificate counts/);
  });

  it('are told by their places, a file that several name once, and not where nothing is wrong', async () => {
    const [over, good] = [await make({ isAuthority: true, toMs: -dayMs / 2 }), await make()];
    const config = {
      issuers: [{ name: 'Acme', ca: '/ca', relay_client: { certificate: '/own' } }],
      apis: [{ id: 'orders', ca: '/ca' }, { id: 'stock' }],
      audit: { sinks: [{ name: 'siem' }] },
    };
    const read = (one: Made) => ({
      authorities: new Map([['/ca', one.cert]]),
      providerFiles: new Map([['/own', one.cert]]),
      upstreamCertificates: new Map([['stock', one]]),
      sinkCertificates: new Map([['siem', one]]),
    });
    expect(wordsOf(loadedWith(read(good), config))).toBe('');
    expect(certificateFaults(loadedWith(read(over), config), nowMs).map(({ place }) => place.join('.'))).toEqual([
      'issuers.0.ca',
      'issuers.0.relay_client.certificate',
      'apis.1.client_certificate',
      'audit.sinks.0.client_certificate',
    ]);
  });
});

describe('a certificate in the place of another one', () => {
  const apis = [{ id: 'orders' }];
  const shows = (one: Made, first: readonly object[] = []): LoadedConfig =>
    loadedWith({ upstreamCertificates: new Map([['orders', one]]) }, { apis: [...first, ...apis] });

  it('is worse when it is over and the other wasn’t, wherever its API stands', async () => {
    const [over, good] = [await make({ toMs: -dayMs / 2 }), await make()];
    expect(worseCertificate(shows(good), shows(over, [{ id: 'new' }]), nowMs)?.use).toBe(
      'apis.orders.client_certificate',
    );
    expect(worseCertificate(shows(over), shows(over, [{ id: 'new' }]), nowMs)).toBeNull();
    expect(worseCertificate(shows(over), shows(good), nowMs)).toBeNull();
    // What wasn’t there before replaces nothing.
    expect(worseCertificate(loadedWith({}), shows(over), nowMs)).toBeNull();
  });

  it('is worse as an authority of another file, too, for whatever entry names it, but not for one that is new', async () => {
    const [over, good] = [await make({ isAuthority: true, toMs: -dayMs / 2 }), await make({ isAuthority: true })];
    const authorities = new Map([
      ['/old', over.cert],
      ['/good', good.cert],
    ]);
    const trusting = (...named: readonly (readonly [id: string, ca: string])[]): LoadedConfig =>
      loadedWith({ authorities }, { apis: named.map(([id, ca]) => ({ id, ca })) });
    const before = trusting(['stock', '/old'], ['orders', '/good']);
    expect(worseCertificate(before, trusting(['stock', '/old'], ['orders', '/old']), nowMs)).toMatchObject({
      slot: 'apis.orders.ca',
      place: ['apis', 1, 'ca'],
    });
    expect(worseCertificate(before, trusting(['new', '/old'], ['orders', '/good']), nowMs)).toBeNull();
    expect(worseCertificate(before, trusting(['stock', '/good'], ['orders', '/good']), nowMs)).toBeNull();
  });
});

describe('the chain of a certificate that people are shown', () => {
  it('is noted where nobody here knows who signed it, and only there', async () => {
    const root = await make({ name: 'Root', isAuthority: true });
    const between = await make({ name: 'Between', isAuthority: true, by: root });
    const other = await make({ name: 'Other', isAuthority: true });
    const leaf = await make({ name: 'leaf', names: ['a.example'], by: between });
    const noted = (text: string, known: readonly string[] = []): readonly string[] =>
      notesOnChains(loadedWith({ tls: { ...leaf, cert: text }, authorities: new Map(known.map((pem) => [pem, pem])) }));
    const note = [expect.stringMatching(/“relay\.tls\.cert” doesn’t hold .* “CN=Between”, and this machine/)];
    expect(noted(leaf.cert)).toEqual(note);
    expect(noted(leaf.cert + other.cert)).toEqual(note);
    expect(noted(leaf.cert, [root.cert])).toEqual(note);
    expect(noted(leaf.cert, [between.cert])).toEqual([]);
    expect(noted(leaf.cert + between.cert)).toEqual([]);
    // In any order, and with the root that clients have themselves.
    expect(noted(leaf.cert + root.cert + between.cert)).toEqual([]);
    expect(noted((await make()).cert)).toEqual([]);
  });
});

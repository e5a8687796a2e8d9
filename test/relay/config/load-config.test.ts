import { readFile, symlink } from 'node:fs/promises';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { compilePolicy } from '../../../relay/policy/compile-policy.ts';
import { type ConfigFolder, makeCertificate, minimalConfig, openConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;
let pair: { readonly cert: string; readonly key: string };
beforeAll(async () => {
  folder = await openConfigFolder();
  pair = await makeCertificate();
  await folder.write('relay.crt', pair.cert, 0o644);
  await folder.write('relay.key', pair.key);
});
afterAll(() => folder.close());

const load = async (text: string, env: Record<string, string> = {}) =>
  loadConfig(await folder.write('relay.yaml', text), { env });
const withTls = (cert: string, key: string): string => minimalConfig({ relay: `  tls: {cert: ${cert}, key: ${key}}` });
const withHeader = (value: string): string => minimalConfig({ api: `    headers: {X-Api-Key: "${value}"}` });

describe('loadConfig', () => {
  it('refuses a key that doesn’t belong to the certificate, and what is neither', async () => {
    const other = await makeCertificate();
    await folder.write('other.key', other.key);
    await folder.write('text.pem', 'hello');
    await expect(load(withTls('relay.crt', 'other.key'))).rejects.toThrow(/4:31 relay\.tls\.key: .*doesn’t belong/);
    await expect(load(withTls('text.pem', 'relay.key'))).rejects.toThrow(
      /relay\.tls\.cert: .*no certificate in PEM form/,
    );
    await expect(load(withTls('relay.crt', 'text.pem'))).rejects.toThrow(
      /relay\.tls\.key: .*no private key in PEM form/,
    );
    await expect(load(withTls('no.crt', 'no.key'))).rejects.toThrow(
      /tls\.cert: .*doesn’t exist[^]*tls\.key: .*doesn’t exist/,
    );
  });

  it.each<[what: string, text: string, place: RegExp]>([
    [
      'an API’s client certificate',
      minimalConfig({ api: '    client_certificate: {cert: relay.crt, key: other.key}' }),
      /apis\[0\]\.client_certificate: /,
    ],
    [
      'the relay’s own at a provider',
      minimalConfig({
        issuer:
          '    relay_client: {client_id: r, method: tls_client_auth, certificate: relay.crt, certificate_key: other.key}',
      }),
      /issuers\[0\]\.relay_client\.certificate_key: /,
    ],
    [
      'that of the operators’ port',
      minimalConfig({ tail: 'admin: {tls: {cert: relay.crt, key: other.key}}' }),
      /admin\.tls: /,
    ],
    [
      'a sink’s',
      minimalConfig({
        tail: 'audit: {sinks: [{name: s, kind: syslog, address: "a.example:1", client_certificate: {cert: relay.crt, key: other.key}}]}',
      }),
      /audit\.sinks\[0\]\.client_certificate: /,
    ],
  ])('refuses the key of another certificate beside %s', async (_what, text, place) => {
    const other = await makeCertificate();
    await folder.write('other.key', other.key);
    const refused = expect(load(text)).rejects;
    await refused.toThrow(place);
    await refused.toThrow(/whose key doesn’t belong to the certificate beside it/);
  });

  it('refuses a chain with a certificate that is cut off, and a key that TLS refuses', async () => {
    const cut = pair.cert.slice(0, pair.cert.length / 2);
    await folder.write('cut.crt', `${pair.cert}${cut}\n-----END CERTIFICATE-----\n`, 0o644);
    await expect(load(withTls('cut.crt', 'relay.key'))).rejects.toThrow(
      /tls\.cert: .*of whose 2 certificates one is damaged/,
    );
    await folder.write('begun.crt', `${pair.cert}${cut}`, 0o644);
    await expect(load(withTls('begun.crt', 'relay.key'))).rejects.toThrow(/of whose 2 certificates one is damaged/);
    const short = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 1024 });
    await folder.write('short.crt', short.cert, 0o644);
    await folder.write('short.key', short.private);
    await expect(load(withTls('short.crt', 'short.key'))).rejects.toThrow(/can’t be used for TLS \(ee key too small\)/);
  });

  // Windows has no such rights; there the folder’s access list decides.
  if (process.platform !== 'win32') {
    it.each([0o640, 0o604, 0o644, 0o660])('refuses a private key and a secret of mode %o', async (mode) => {
      await folder.write('open.key', pair.key, mode);
      await expect(load(withTls('relay.crt', 'open.key'))).rejects.toThrow(/relay\.tls\.key: .*chmod 600/);
      await expect(load(withHeader('${file:open.key}'))).rejects.toThrow(/headers\["X-Api-Key"\]: .*chmod 600/);
    });

    it('refuses a config that everybody can change', async () => {
      const path = await folder.write('open.yaml', minimalConfig(), 0o666);
      await expect(loadConfig(path)).rejects.toThrow(/open\.yaml:1:1 can be changed by everybody.*chmod o-w/);
    });

    it('judges the file behind a symlink, as Kubernetes mounts it', async () => {
      await folder.write('real.yaml', minimalConfig(), 0o646);
      await symlink('real.yaml', folder.file('link.yaml'));
      await expect(loadConfig(folder.file('link.yaml'))).rejects.toThrow(/can be changed by everybody/);
    });
  }

  it('fills in defaults and makes paths absolute, from the config’s own folder', async () => {
    await folder.write('ca.crt', pair.cert, 0o644);
    const { config, path } = await load(minimalConfig({ issuer: '    ca: ca.crt', api: '    ca: ./ca.crt' }));
    expect(path).toBe(folder.file('relay.yaml'));
    expect(config.relay).toMatchObject({ data: folder.file('data'), listen: { host: '127.0.0.1', port: 443 } });
    expect(config.issuers[0]?.ca).toBe(folder.file('ca.crt'));
    expect(config.apis[0]).toMatchObject({ ca: folder.file('ca.crt'), when_locked: 'show', rules: [] });
    expect(config.limits.max_headers).toBe(200);
  });

  it('gives certificate, key and authorities with their contents, and names the files', async () => {
    await folder.write('ca.crt', pair.cert, 0o644);
    const loaded = await load(
      minimalConfig({ relay: '  tls: {cert: relay.crt, key: relay.key}', api: '    ca: ca.crt' }),
    );
    expect(loaded.tls).toEqual(pair);
    expect(loaded.authorities.get(folder.file('ca.crt'))).toBe(pair.cert);
    expect(loaded.files).toEqual(['relay.crt', 'relay.key', 'ca.crt'].map((name) => folder.file(name)));
  });

  it('fills in secrets from the environment and from files, without the line end', async () => {
    await folder.write('token', 'from-file\n');
    const { config } = await load(withHeader('Bearer ${env:TOKEN}-${file:token}'), { TOKEN: 'from-env' });
    expect(config.apis[0]?.headers).toEqual({ 'X-Api-Key': 'Bearer from-env-from-file' });
  });

  it('needs neither files nor secrets when only the rules count', async () => {
    const text = minimalConfig({ relay: '  tls: {cert: no.crt, key: no.key}', api: '    headers: {a: "${env:NO}"}' });
    const path = await folder.write('rules.yaml', text);
    await expect(loadConfig(path, { files: 'skip' })).resolves.toMatchObject({ tls: undefined, files: [] });
  });

  it('takes an empty list of groups for nobody', async () => {
    const { config } = await load(minimalConfig({ api: '    rules: [{name: r, groups: []}]' }));
    const decision = compilePolicy(config).decide({ groups: ['a', '*'] }, { api: 'orders', method: 'GET', path: '/' });
    expect(decision.effect).toBe('deny');
  });

  it('changes its digest with any value, secret or certificate, and with nothing else', async () => {
    await folder.write('token', 'one');
    const text = withHeader('${file:token}');
    const first = await load(text);
    expect((await load(`# a comment\n${text}`)).digest).toBe(first.digest);
    await folder.write('token', 'two');
    expect((await load(text)).digest).not.toBe(first.digest);
    expect((await load(text.replace('name: Test', 'name: Toast'))).digest).not.toBe((await load(text)).digest);
  });

  it('allows anchors and aliases in moderation', async () => {
    const api =
      '    rules:\n      - {name: a, groups: &dev [developers]}\n      - {name: b, groups: *dev, effect: deny}';
    const { config } = await load(minimalConfig({ api }));
    expect(config.apis[0]?.rules[1]?.groups).toEqual(['developers']);
  });

  it('loads 2,000 APIs with 10,000 rules in under 10 seconds of computing', async () => {
    const rules = Array.from(
      { length: 5 },
      (_, index) => `      - {name: r${index}, groups: [g${index}], paths: [/v${index}/**]}`,
    );
    const apis = Array.from(
      { length: 2000 },
      (_, index) =>
        `  - id: api-${index}\n    name: API ${index}\n    upstream: http://127.0.0.1:1\n    rules:\n${rules.join('\n')}`,
    );
    const before = process.cpuUsage();
    const { config } = await load(minimalConfig({ tail: apis.join('\n') }));
    expect(config.apis).toHaveLength(2001);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1e6).toBeLessThan(10);
  });
});

describe('the example config', () => {
  it('loads, its rules alone and with files and secrets at hand', async () => {
    const example = new URL('../../../docs/example-relay.yaml', import.meta.url);
    const text = await readFile(example, 'utf8');
    const path = await folder.write('example.yaml', text);
    expect((await loadConfig(path, { files: 'skip' })).config.apis.map((api) => api.id)).toEqual([
      'orders',
      'inventory',
      'payroll',
    ]);
    const own = text.replaceAll('tls/internal-ca.crt', 'relay.crt').replaceAll('tls/', '');
    await expect(load(own, { ORDERS_API_KEY: 'k' })).resolves.toMatchObject({ tls: pair });
  });
});

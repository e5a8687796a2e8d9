import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { certificateEnds } from '../../../relay/metrics/certificate-expiry.ts';
import { type ConfigFolder, makeCertificate, minimalConfig, openConfigFolder } from '../config/config-folder.ts';

let folder: ConfigFolder;
let endsAtMs: number;
beforeAll(async () => {
  folder = await openConfigFolder();
  const { cert, key } = await makeCertificate();
  endsAtMs = Date.parse(new X509Certificate(cert).validTo);
  await folder.write('a.crt', cert, 0o644);
  await folder.write('a.key', key);
});
afterAll(() => folder.close());

it('tells of each certificate that the config names when it ends, by what it is for', async () => {
  const pair = '{cert: a.crt, key: a.key}';
  const text = minimalConfig({
    relay: `  tls: ${pair}`,
    issuer: [
      '    ca: a.crt',
      '    relay_client: {client_id: r, method: tls_client_auth, certificate: a.crt, certificate_key: a.key}',
    ].join('\n'),
    api: `    client_certificate: ${pair}`,
    tail: [
      `admin: {tls: {cert: a.crt, key: a.key, client_ca: a.crt}}`,
      `audit: {sinks: [{name: siem, kind: syslog, address: "a.example:1", client_certificate: ${pair}}]}`,
      `saml: {name: ADFS, idp: {metadata: "https://idp.example/metadata"}, signing: ${pair}, encryption: ${pair}}`,
      'storage: "postgres://a:b@db.example/c?sslrootcert=a.crt&sslcert=a.crt&sslkey=a.key"',
    ].join('\n'),
  });
  const ends = certificateEnds(await loadConfig(await folder.write('relay.yaml', text)));
  expect(ends.map(({ use }) => use).toSorted()).toEqual([
    'admin.tls',
    'admin.tls.client_ca',
    'apis.orders.client_certificate',
    'audit.sinks.siem',
    `ca ${folder.file('a.crt')}`,
    'issuers.SSO.relay_client',
    'relay.tls',
    'saml.encryption',
    'saml.signing',
    'storage.sslcert',
    'storage.sslrootcert',
  ]);
  expect(new Set(ends.map(({ notAfterMs }) => notAfterMs))).toEqual(new Set([endsAtMs]));
});

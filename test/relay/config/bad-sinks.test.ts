import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../../relay/audit/audit-record.ts';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { recordTypes } from '../../../relay/config/sink-schema.ts';
import { sinksOf } from '../../../relay/start/config-of-parts.ts';
import { type ConfigFolder, makeCertificate, minimalConfig, openConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;
const secret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const env = { SECRET: secret, OLD: `whsec_${Buffer.alloc(24, 8).toString('base64')}`, WEAK: 'whsec_c2hvcnQ=' };
beforeAll(async () => {
  folder = await openConfigFolder();
  const pair = await makeCertificate();
  await folder.write('ca.pem', pair.cert, 0o644);
  await folder.write('siem.key', pair.key);
  await folder.write('secret.txt', `${secret}\n`);
});
afterAll(() => folder.close());

const withSinks = (...sinks: string[]): string =>
  minimalConfig({ tail: ['audit:', '  sinks:', ...sinks.map((sink) => `    - {${sink}}`)].join('\n') });
const load = async (...sinks: string[]) => loadConfig(await folder.write('relay.yaml', withSinks(...sinks)), { env });

const file = 'name: disk, kind: file, path: audit.jsonl';
const webhook = 'name: hook, kind: webhook, url: "https://siem.example/in", secrets: ["${env:SECRET}"]';
const syslog = 'name: log, kind: syslog, address: "siem.example:6514"';

/** Fails to compile when the audit has another type. */
const typesOfAudit = {
  decision: true,
  outcome: true,
  'authentication-refused': true,
  session: true,
  access: true,
  administrator: true,
  lock: true,
  anomaly: true,
  relay: true,
} as const satisfies Readonly<Record<AuditRecord['type'], true>>;

describe('sinks in the config', () => {
  it('can choose each type of record that the audit has', () => {
    expect([...recordTypes]).toEqual(Object.keys(typesOfAudit));
  });

  it.each<[string, readonly string[], RegExp]>([
    ['a file without path', ['name: a, kind: file'], /sinks\[0\]\.path: is missing\. A sink of kind file needs it/],
    ['a webhook without url', ['name: a, kind: webhook, secrets: ["${env:SECRET}"]'], /sinks\[0\]\.url: is missing/],
    ['a webhook without secrets', ['name: a, kind: webhook, url: "https://a.example"'], /\.secrets: is missing/],
    ['no secrets in the list', [webhook.replace('["${env:SECRET}"]', '[]')], /\.secrets: is missing/],
    ['syslog without address', ['name: a, kind: syslog'], /sinks\[0\]\.address: is missing/],
    ['an unknown kind', ['name: a, kind: kafka'], /\.kind: must be one of file, webhook, syslog/],
    [
      'a key of another kind',
      [`${file}, url: "https://a.example"`],
      /\.url: belongs to sinks of kind webhook; this one is of kind file/,
    ],
    ['another key of another kind', [`${syslog}, keep: 3`], /\.keep: belongs to sinks of kind file/],
    ['an authority for a file', [`${file}, ca: ca.pem`], /\.ca: belongs to sinks of kind webhook and syslog/],
    [
      'an unknown key',
      [`${file}, rotate_byte: 70000`],
      /rotate_byte: is a key that Causeway doesn’t know\. Did you mean “rotate_bytes”/,
    ],
    ['a name with spaces', [file.replace('disk', '"my disk"')], /\.name: must be of small letters, digits/],
    ['two of one name', [file, syslog.replace('log', 'disk')], /sinks\[1\]\.name: is the same sink name, disk/],
    ['two of one file', [file, file.replace('disk', 'disk2')], /sinks\[1\]\.path: is the same file/],
    ['plain HTTP', [webhook.replace('https', 'http')], /\.url: must begin with https:\/\//],
    ['a password in the address', [webhook.replace('siem', 'a:b@siem')], /\.url: must hold no user name, password/],
    ['no web address', [webhook.replace('https', 'ftp')], /\.url: must be an address that begins with https/],
    [
      'a secret in the clear',
      [webhook.replace('${env:SECRET}', secret)],
      /\.secrets\[0\]: must not stand here in the clear/,
    ],
    [
      'a secret that isn’t set',
      [webhook.replace('SECRET', 'NONE')],
      /secrets\[0\]: needs the environment variable NONE/,
    ],
    ['a weak secret', [webhook.replace('SECRET', 'WEAK')], /secrets\[0\]: must be “whsec_” with 24 to 64 bytes/],
    ['three secrets', [webhook.replace(']', ', "${env:OLD}", "${env:OLD}"]')], /\.secrets: is too long: at most 2/],
    ['an address without port', [syslog.replace(':6514', '')], /\.address: must be host:port/],
    ['port 0', [syslog.replace('6514', '0')], /\.address: must have a port from 1 to 65535/],
    ['port 65536', [syslog.replace('6514', '65536')], /\.address: must have a port from 1 to 65535/],
    ['an address with a scheme', [syslog.replace('siem', 'tcp://siem')], /\.address: must be host:port/],
    ['a missing authority', [`${syslog}, ca: none.pem`], /\.ca: names .*none\.pem, which doesn’t exist/],
    ['an authority that is none', [`${syslog}, ca: secret.txt`], /\.ca: names .*, which holds no certificate/],
    [
      'a key without its certificate',
      [`${syslog}, client_certificate: {cert: ca.pem, key: secret.txt}`],
      /client_certificate: names .*secret\.txt, which holds no private key/,
    ],
    ['an unknown API', [`${file}, apis: [nothing]`], /\.apis\[0\]: names an API that isn’t under “apis”: nothing/],
    [
      'an unknown type',
      [`${file}, types: [decisions]`],
      /\.types\[0\]: must be one of decision, .* Did you mean “decision”/,
    ],
    ['an empty list of effects', [`${file}, effects: []`], /\.effects: must not be empty/],
    ['no batch', [`${file}, batch_records: 0`], /\.batch_records: must be at least 1/],
  ])('are refused: %s', async (_, sinks, problem) => {
    await expect(load(...sinks)).rejects.toThrow(problem);
  });

  it('come with defaults, secrets and the files that they name, and show no secret where only rules are asked for', async () => {
    const sinks = [
      file,
      webhook.replace('["${env:SECRET}"]', '["${file:secret.txt}", "${env:OLD}"]'),
      `name: log, kind: syslog, address: "[2001:db8::1]:6514", ca: ca.pem, client_certificate: {cert: ca.pem, key: siem.key}`,
    ];
    const loaded = await load(...sinks);
    const [disk, hook, log] = sinksOf(loaded);
    expect(disk).toEqual({
      name: 'disk',
      batchBytes: 1_048_576,
      place: { kind: 'file', path: folder.file('audit.jsonl'), rotateBytes: 104_857_600, keep: 10 },
      selection: {},
      startAt: 'beginning',
      batchRecords: 1000,
      gatherMs: 1000,
      timeoutMs: 30_000,
      lagWarnMs: 300_000,
    });
    expect(hook?.place).toEqual({
      kind: 'webhook',
      url: 'https://siem.example/in',
      secrets: [secret, env.OLD],
      tls: {},
    });
    expect(log?.place).toMatchObject({
      kind: 'syslog',
      host: '2001:db8::1',
      port: 6514,
      tls: {
        ca: expect.stringContaining('CERTIFICATE') as string,
        certificate: { key: expect.stringContaining('KEY') as string },
      },
      facility: 13,
      enterpriseNumber: 32_473,
      maxMessageBytes: 8192,
    });
    expect(loaded.files).toContain(folder.file('secret.txt'));
    const rules = await loadConfig(folder.file('relay.yaml'), { env: {}, files: 'skip' });
    expect(JSON.stringify(rules.config.audit)).not.toContain(secret);
  });

  it('are changed by a secret alone', async () => {
    const before = await load(webhook.replace('${env:SECRET}', '${file:secret.txt}'));
    await folder.write('secret.txt', env.OLD);
    const after = await loadConfig(folder.file('relay.yaml'), { env });
    expect(after.digest).not.toBe(before.digest);
  });
});

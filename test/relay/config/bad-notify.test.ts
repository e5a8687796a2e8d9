import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { notifySettingsOf } from '../../../relay/start/config-of-parts.ts';
import { type ConfigFolder, makeCertificate, minimalConfig, openConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;
const secret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const env = { SECRET: secret, WEAK: 'whsec_c2hvcnQ=', PASSWORD: 'letters' };
beforeAll(async () => {
  folder = await openConfigFolder();
  const pair = await makeCertificate();
  await folder.write('ca.pem', pair.cert, 0o644);
  await folder.write('open-password', 'letters', 0o644);
  await folder.write('password', 'letters\n');
});
afterAll(() => folder.close());

const load = async (...lines: readonly string[]) =>
  loadConfig(await folder.write('relay.yaml', minimalConfig({ tail: ['notify:', ...lines].join('\n') })), { env });
const hook = (more = '', url = 'https://chat.example/in', secrets = '["${env:SECRET}"]'): string =>
  `  webhooks: [{ name: chat, url: "${url}", secrets: ${secrets}${more} }]`;
const mail = (more = 'to: [{ addresses: [a@b.example] }]'): string =>
  `  mail: { host: mail.example, from: { address: relay@b.example }, ${more} }`;

describe('who is told of requests, in the config', () => {
  it.each<[string, readonly string[], RegExp]>([
    ['nobody', ['  ending_minutes: 5'], /relay\.yaml:\d+:\d+.*notify: tells nobody/s],
    ['a webhook without secrets', [hook('', 'https://a.example', '[]')], /notify\.webhooks\[0\]\.secrets/],
    [
      'a secret in the clear',
      [hook('', 'https://a.example', `["${secret}"]`)],
      /secrets\[0\]: must not stand here in the clear/,
    ],
    ['a weak secret', [hook('', 'https://a.example', '["${env:WEAK}"]')], /secrets\[0\]: must be “whsec_”/],
    [
      'a secret that isn’t there',
      [hook('', 'https://a.example', '["${env:NOPE}"]')],
      /needs the environment variable NOPE/,
    ],
    ['a plain address', [hook('', 'http://chat.example/in')], /url: must begin with https:\/\//],
    ['a password in the address', [hook('', 'https://a:b@chat.example/in')], /url: must hold no user name/],
    ['an unknown API', [hook(', apis: [nope]')], /apis\[0\]: names an API that isn’t under “apis”: nope/],
    ['an unknown event', [hook(', events: [expired]')], /events\[0\]: must be one of requested, decided, ending/],
    ['an unknown key', [hook(', retries: 3')], /retries: is a key that Causeway doesn’t know/],
    [
      'a name twice',
      [
        `  webhooks: [{ name: a, url: "https://a.example", secrets: ["\${env:SECRET}"] }, { name: a, url: "https://b.example", secrets: ["\${env:SECRET}"] }]`,
      ],
      /webhooks\[1\]\.name: is the same webhook name/,
    ],
    ['a webhook called mail', [hook().replace('name: chat', 'name: mail')], /name: is what mails are called/],
    ['mail to nobody', [mail('port: 25')], /notify\.mail: writes to nobody/],
    [
      'mail without TLS',
      [mail('tls: none, requester_domains: [b.example]')],
      /mail\.tls: must be starttls or implicit/,
    ],
    [
      'a user without password',
      [mail('user: relay, requester_domains: [b.example]')],
      /mail\.user: needs “user” and “password”|mail\.password: needs “user” and “password”/,
    ],
    [
      'a password in the clear',
      [mail('user: relay, password: letters, requester_domains: [b.example]')],
      /mail\.password: must not stand here in the clear/,
    ],
    [
      'a password that others can read',
      [mail('user: relay, password: "${file:open-password}", requester_domains: [b.example]')],
      /mail\.password: .*others on this system can read/,
    ],
    [
      'an address with a line end',
      [mail('to: [{ addresses: ["a@b.example\\nBcc: c@d.example"] }]')],
      /addresses\[0\]: must be a mail address/,
    ],
    [
      'a domain that isn’t one',
      [mail('requester_domains: ["@b.example"]')],
      /requester_domains\[0\]: must be a domain/,
    ],
    [
      'an authority that isn’t there',
      [mail('ca: nope.pem, requester_domains: [b.example]')],
      /mail\.ca: names .*nope\.pem, which doesn’t exist/,
    ],
  ])('refuses %s', async (_, lines, problem) => {
    await expect(load(...lines)).rejects.toThrow(problem);
  });

  it('takes webhooks on this computer, mail with its secrets, and both', async () => {
    const loaded = await load(
      hook('', 'http://127.0.0.1:8080/in'),
      mail('user: relay, password: "${file:password}", ca: ca.pem, requester_domains: [b.example]'),
      '  console_url: https://console.example/',
    );
    expect(loaded.config.notify).toMatchObject({
      webhooks: [{ secrets: [secret], events: ['requested', 'decided', 'ending', 'break-glass'] }],
      mail: { password: 'letters', port: 587, tls: 'starttls' },
    });
    expect(notifySettingsOf(loaded).links).toEqual({ consoleUrl: 'https://console.example', relayName: 'Test' });
  });
});

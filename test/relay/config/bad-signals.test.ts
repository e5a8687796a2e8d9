import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../relay/config/load-config.ts';
import { transmittersOf } from '../../../relay/start/config-of-parts.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;
const env = { SECRET: 'a-secret-of-some-length', WEAK: 'weak' };
beforeAll(async () => {
  folder = await openConfigFolder();
});
afterAll(() => folder.close());

const load = async (signal: string, relay?: string, more: string = '') =>
  loadConfig(
    await folder.write(
      'relay.yaml',
      minimalConfig({ ...(relay === undefined ? {} : { relay }), tail: `signals:\n  - ${signal}\n${more}` }),
    ),
    { env },
  );
const signal = (more: string, transmitter = 'https://idp.example'): string =>
  `{ name: okta, transmitter: "${transmitter}", ${more} }`;
const push = 'push: { bearer: ["${env:SECRET}"] }';

describe('providers that send events, in the config', () => {
  it.each<[string, string, RegExp]>([
    ['no way in', signal('max_age_seconds: 60'), /relay\.yaml:\d+:\d+ signals\[0\]: gets no events/],
    ['a way in for anybody', signal('push: {}'), /signals\[0\]\.push: takes events from anybody/],
    [
      'a secret in the clear',
      signal('push: { bearer: ["a-secret-of-some-length"] }'),
      /bearer\[0\]: must not stand here in the clear/,
    ],
    ['a weak secret', signal('push: { bearer: ["${env:WEAK}"] }'), /bearer\[0\]: must have at least 16 characters/],
    [
      'three secrets',
      signal('push: { bearer: ["${env:SECRET}", "${env:SECRET}", "${env:SECRET}"] }'),
      /push\.bearer: /,
    ],
    [
      'a certificate that nobody is asked for',
      signal(`push: { certificates: ["${'a'.repeat(64)}"] }`),
      /certificates: needs “client_certificates: true”/,
    ],
    [
      'a fingerprint that is none',
      signal('push: { certificates: ["AB:CD"] }'),
      /certificates\[0\]: must be the SHA-256/,
    ],
    ['a plain transmitter', signal(push, 'http://idp.example'), /transmitter: must begin with https:\/\//],
    ['a plain poll', signal('poll: { url: "http://idp.example/poll" }'), /poll\.url: must begin with https:\/\//],
    [
      'a password in an address',
      signal('poll: { url: "https://a:b@idp.example/poll" }'),
      /poll\.url: must hold no user name/,
    ],
    [
      'an unknown provider',
      signal(`provider: Other, ${push}`),
      /provider: names an issuer that isn’t under “issuers”: Other/,
    ],
    [
      'an unknown action',
      signal(`events: { session_revoked: explode }, ${push}`),
      /session_revoked: must be one of revoke, lock, none/,
    ],
    ['an unknown event', signal(`events: { lunch: none }, ${push}`), /lunch: is a key that Causeway doesn’t know/],
    ['a name twice', `${signal(push)}\n  - ${signal(push)}`, /signals\[1\]\.name: is the same transmitter name/],
    ['a symmetric algorithm', signal(`algorithms: [HS256], ${push}`), /algorithms\[0\]: must be one of/],
    ['no algorithm', signal(`algorithms: [], ${push}`), /algorithms/],
  ])('refuses %s', async (_, text, problem) => {
    await expect(load(text)).rejects.toThrow(problem);
  });

  it('means the people of the only issuer, and the relay as audience', async () => {
    const loaded = await load(signal(`${push}, poll: { url: "http://127.0.0.1:1/", bearer: "\${env:SECRET}" }`));
    expect(transmittersOf(loaded)).toMatchObject([
      {
        audience: 'http://127.0.0.1:8443',
        issuers: ['http://127.0.0.1:9000'],
        config: {
          push: { bearer: [env.SECRET] },
          poll: { bearer: env.SECRET },
          events: { session_revoked: 'revoke', credential_change: 'revoke', account_disabled: 'lock' },
        },
      },
    ]);
  });
});

import { expect, it } from 'vitest';
import { configJsonSchema } from '../../relay/config/json-schema.ts';
import { codesIn, readProjectFile, sectionOf, tableIn } from './read-docs.ts';

/** What the walk below reads of a JSON Schema. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
}

const running = 'test/relay/rotation/rotate-running.test.ts';
const shown = 'test/relay/rotation/rotate-shown.test.ts';
const shared = 'test/relay/rotation/rotate-shared-secrets.test.ts';
const provider = 'test/relay/identity/introspection.test.ts';
const providerTitle =
  'what the relay shows to a provider is exchanged while it runs, and no token is refused meanwhile:';
const bothPorts = 'the certificates of both ports are exchanged';
const shownTitle = 'what the relay shows to an API, a receiver and a provider of events is exchanged';
const toldTitle = 'the secret of a webhook that tells people, and the password of the mail server, are exchanged';
const saml = ['test/relay/saml/saml-config.test.ts', 'reloads when one of its files changes'] as const;

/** Each key and secret of the config, with the test that changes it. */
const rotated: Readonly<Record<string, readonly [file: string, title: string]>> = {
  'relay.tls.key': [running, bothPorts],
  'admin.tls.key': [running, bothPorts],
  'apis[].headers': [running, 'the credential of an API is exchanged'],
  'apis[].client_certificate.key': [shown, shownTitle],
  'issuers[].relay_client.secrets': [provider, providerTitle],
  'issuers[].relay_client.private_key': [provider, providerTitle],
  'issuers[].relay_client.certificate_key': [
    'test/relay/identity/provider-mutual-tls.test.ts',
    'is shown another certificate while the relay runs, and no token is refused meanwhile',
  ],
  'issuers[].groups_lookup.bearer': [provider, providerTitle],
  'audit.sinks[].secrets': [running, 'the secret of a webhook is exchanged: both sign meanwhile'],
  'audit.sinks[].client_certificate.key': [shown, shownTitle],
  'audit.signing_key': [
    'test/relay/audit/shared/audit-in-database.test.ts',
    'goes by another key at once when it is given one, and by no other',
  ],
  'notify.webhooks[].secrets': [shown, toldTitle],
  'notify.mail.password': [shown, toldTitle],
  'signals[].push.bearer': [running, 'the secret of a provider that pushes events is exchanged: both count meanwhile'],
  'signals[].poll.bearer': [shown, shownTitle],
  'admin.console.sign_in[].secrets': [
    'test/relay/admin/console/console-provider.test.ts',
    'goes on while the secret is changed: of two, the one that the provider takes, whichever is first',
  ],
  'saml.signing.key': saml,
  'saml.encryption.key': saml,
  storage: [
    'test/relay/rotation/rotate-storage-password.test.ts',
    'is changed while a relay runs: what is asked meanwhile waits for the file, and nothing fails',
  ],
  'shared_state.url': [
    shared,
    'the password is changed while a relay runs: what connects meanwhile gets in, and nothing fails',
  ],
  'shared_state.secret': [shared, 'the secret that relays share, while it is changed relay after relay,'],
  'shared_state.other_secret': [shared, 'the secret that relays share, while it is changed relay after relay,'],
};

/** Named like a secret, and none: what everybody may know, and what is told of one. */
const noSecrets = new Set(['issuers[].public_client_secret', 'signals[].events.credential_change']);

const secretName = /secret|passw|bearer|credential|(?:^|_)key$/i;

function* secretsOf(schema: Schema, path: string): Generator<string> {
  for (const each of [schema, ...(schema.anyOf ?? [])]) {
    for (const [name, inner] of Object.entries(each.properties ?? {})) {
      const place = path === '' ? name : `${path}.${name}`;
      // The section’s former name.
      if (place === 'counters') continue;
      const isFilledIn = (inner.description ?? '').includes('${env:');
      if ((secretName.test(name) || isFilledIn) && inner.type !== 'boolean') yield place;
      yield* secretsOf(inner, place);
    }
    if (each.items !== undefined) yield* secretsOf(each.items, `${path}[]`);
  }
}

it('each key and secret of the config has a test that changes it, and no other is named', () => {
  const found = [...new Set(secretsOf(configJsonSchema() as Schema, ''))].filter((place) => !noSecrets.has(place));
  expect(found.toSorted()).toEqual(Object.keys(rotated).toSorted());
  for (const [place, [file, title]] of Object.entries(rotated))
    expect([place, readProjectFile(file).includes(title)]).toEqual([place, true]);
});

it('each has a row in docs/operate.md, as have the relay’s own', () => {
  const rows = tableIn(sectionOf(readProjectFile('docs/operate.md'), '## Changing keys and secrets'));
  const named = rows.flatMap((row) => codesIn(row['key or secret'] ?? ''));
  const isNamed = (place: string): boolean =>
    named.some((code) => place === code || place.startsWith(`${code}.`) || place.endsWith(`.${code}`));
  const own = ['audit-signing-key.pem', 'identity-keys.json', 'saml-bridge-keys.json', 'break-glass.secret'];
  expect([...Object.keys(rotated), ...own].filter((place) => !isNamed(place))).toEqual([]);
});

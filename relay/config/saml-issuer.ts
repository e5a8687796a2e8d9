import type { Config } from './config-schema.ts';
import { issuerSchema } from './issuer-schema.ts';
import type { Report } from './yaml-source.ts';

/** Path below the relay’s address at which the SAML bridge answers; its issuer ends with it. */
export const samlBridgePath = '/saml-bridge';
/** Client id of the app at the bridge. */
export const samlBridgeClientId = 'causeway';

/** Client id of the operators’ console at the bridge; a public client. */
export const samlConsoleClientId = 'causeway-console';

/** Claims of the protocol and of `attributes`, which `claims` may not set. */
const reserved = new Set([
  'iss',
  'preferred_username',
  'name',
  'email',
  'groups',
  'sub',
  'aud',
  'exp',
  'nbf',
  'iat',
  'jti',
  'azp',
  'client_id',
  'scope',
  'scp',
  'cnf',
  'sid',
  'acr',
  'amr',
  'auth_time',
  'nonce',
  'at_hash',
  'c_hash',
  's_hash',
  'typ',
  'token_use',
  'events',
  'act',
  'may_act',
]);

/** Adds the SAML bridge, when there is one, as an ordinary issuer. Reports what can’t be together. */
export function withSamlIssuer(config: Config, report: Report): Config {
  const { saml, relay, issuers } = config;
  if (saml === undefined) {
    if (issuers.length === 0) report(['issuers'], 'must not be empty, unless there is a “saml” section.');
    return config;
  }
  if (issuers.some(({ name }) => name === saml.name))
    report(['saml', 'name'], `is “${saml.name}”, which an issuer has already. Choose another.`);
  if (new URL(relay.url).pathname !== '/')
    report(
      ['relay', 'url'],
      'must have no path when there is a “saml” section, because the bridge has one of its own.',
    );
  for (const claim of Object.keys(saml.claims)) {
    if (reserved.has(claim))
      report(['saml', 'claims', claim], 'is a claim that attributes can’t set. Choose another name.');
  }
  for (const claim of saml.required) {
    if (['username', 'name', 'email', 'groups'].includes(claim) || Object.hasOwn(saml.claims, claim)) continue;
    report(
      ['saml', 'required'],
      `names “${claim}”, which is neither username, name, email, groups nor under “claims”.`,
    );
  }
  const bridge = issuerSchema.parse({
    name: saml.name,
    issuer: `${new URL(relay.url).origin}${samlBridgePath}`,
    client_id: samlBridgeClientId,
    audience: relay.url,
    algorithms: ['ES256'],
    exclusive_audience: true,
    dpop: 'required',
    clock_leeway_seconds: saml.clock_leeway_seconds,
    ...(saml.apis === undefined ? {} : { apis: saml.apis }),
  });
  return { ...config, issuers: [...issuers, bridge] };
}

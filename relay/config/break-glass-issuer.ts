import type { Config } from './config-schema.ts';
import { issuerSchema } from './issuer-schema.ts';
import type { Report } from './yaml-source.ts';

/** Path below the relay’s address at which break-glass sign-ins happen; their issuer ends with it. */
export const breakGlassPath = '/break-glass';
/** Client id of the app and the command line there. */
export const breakGlassClientId = 'causeway';
/** Group of every break-glass sign-in, beside those of its account. */
export const breakGlassGroup = 'break-glass';
/** Name of the issuer, as people and records see it. */
export const breakGlassName = 'Break-glass';

/** Issuer identifier of a relay’s own accounts. */
export function breakGlassIssuerOf({ relay }: Pick<Config, 'relay'>): string {
  return `${new URL(relay.url).origin}${breakGlassPath}`;
}

/** Adds the relay’s own accounts, when there are any, as an issuer. Reports what can’t be together. */
export function withBreakGlassIssuer(config: Config, report: Report): Config {
  const { break_glass: settings, issuers } = config;
  if (settings === undefined) return config;
  const issuer = breakGlassIssuerOf(config);
  for (const [index, other] of issuers.entries()) {
    if (other.name.toLowerCase() === breakGlassName.toLowerCase())
      report(['issuers', index, 'name'], 'is the name of the accounts under “break_glass”. Choose another.');
    if ([other.issuer, ...other.accepted_issuers].includes(issuer))
      report(['issuers', index, 'issuer'], 'is the address of the accounts under “break_glass”. Remove it.');
  }
  const own = issuerSchema.parse({
    name: breakGlassName,
    issuer,
    client_id: breakGlassClientId,
    audience: config.relay.url,
    algorithms: ['ES256'],
    scopes: ['openid'],
    exclusive_audience: true,
    dpop: 'required',
    clock_leeway_seconds: 10,
    identity_kind: 'person',
    ...(settings.apis === undefined ? {} : { apis: settings.apis }),
  });
  return { ...config, issuers: [...issuers, own] };
}

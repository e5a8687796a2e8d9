import type { JWSHeaderParameters } from 'jose';
import { checkAudienceOf } from './check-token.ts';
import { decodeToken } from './decode-token.ts';
import type { ProviderLogout } from './identity.ts';
import { quoted, refusedLogout } from './refuse.ts';
import type { ReplayCache } from './replay-cache.ts';
import type { Provider } from './provider.ts';
import { verifySignature } from './verify-signature.ts';

const event = 'http://schemas.openid.net/event/backchannel-logout';
const maxAgeMs = 120_000;

/**
 * Checks a logout token as OpenID Connect Back-Channel Logout 1.0 §2.6 lists it. The audience is the app's client id.
 * @throws AccessError `token-rejected`, or `idp-unreachable` when no keys are at hand
 */
export async function verifyLogoutToken(
  token: string,
  context: {
    readonly providerOf: (issuer: unknown) => Provider | undefined;
    readonly maxBytes: number;
    readonly nowMs: number;
    readonly replays: ReplayCache;
  },
): Promise<ProviderLogout> {
  const { header, claims } = decodeToken(token, context.maxBytes);
  const provider = context.providerOf(claims['iss']);
  if (provider === undefined)
    throw refusedLogout(`comes from ${quoted(claims['iss'])}, which isn’t an issuer of this relay`);
  const { issuer } = provider;
  const { alg, typ } = header;
  if (typeof alg !== 'string' || !(issuer.algorithms as readonly string[]).includes(alg))
    throw refusedLogout(`is signed with algorithm ${quoted(alg)}`);
  if (typ !== undefined && !(typeof typ === 'string' && /^(?:application\/)?(?:logout\+jwt|jwt)$/i.test(typ)))
    throw refusedLogout(`has typ ${quoted(typ)}, so it isn’t a logout token`);
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) throw refusedLogout('demands unknown extensions');
  checkAudienceOf(claims['aud'], [issuer.client_id, issuer.relay_client?.client_id]);
  const { events, sub, sid, jti, iat, exp } = claims;
  if (typeof events !== 'object' || events === null || !Object.hasOwn(events, event))
    throw refusedLogout('is not a logout token (events)');
  if (Object.hasOwn(claims, 'nonce')) throw refusedLogout('has a nonce, which a logout token may not have');
  const isName = (value: unknown): value is string | undefined =>
    value === undefined || (typeof value === 'string' && value !== '' && value.length <= 1024);
  if (!isName(sub) || !isName(sid) || (sub === undefined && sid === undefined))
    throw refusedLogout('names neither a usable sub nor a sid');
  const leewayMs = issuer.clock_leeway_seconds * 1000;
  if (typeof iat !== 'number' || Math.abs(iat * 1000 - context.nowMs) > maxAgeMs + leewayMs)
    throw refusedLogout('was not issued just now (iat)');
  if (exp !== undefined && !(typeof exp === 'number' && exp * 1000 + leewayMs > context.nowMs))
    throw refusedLogout('has ended (exp)');
  if (typeof jti !== 'string' || jti === '' || jti.length > 1024) throw refusedLogout('has no usable jti');

  const { key } = await provider.keys.keyFor(header as JWSHeaderParameters);
  if (!verifySignature(token, alg, key)) throw refusedLogout('isn’t signed by its issuer');
  if ((await context.replays.use(`logout ${issuer.issuer}`, jti)) === 'repeated')
    throw refusedLogout('was used before');
  return { issuer: issuer.issuer, subject: sub, sid };
}

import { reason as sentence } from '../../shared/reason.ts';
import { hash } from 'node:crypto';
import { AccessError } from '../../shared/errors.ts';
import type { IssuerConfig } from '../config/config-schema.ts';
import { failureReason } from './failure-reason.ts';
import type { JsonFetcher } from './fetch-json.ts';
import type { ProviderMetadata } from './issuer-keys.ts';
import { checksFull, mark, quoted, refused } from './refuse.ts';
import type { ProviderClient } from './relay-client.ts';
import { rememberAnswers } from './remembered-answers.ts';

type Claims = Readonly<Record<string, unknown>>;
type Settings = NonNullable<IssuerConfig['introspection']>;

/** Asks the provider whether a token is active. */
export interface Introspector {
  /**
   * Claims of an active token (RFC 7662 §2.2), completed with the issuer. Only a plain `active: true` counts: an
   * error, a late answer or anything else is inactive.
   * @throws AccessError `token-rejected`
   */
  introspect(token: string): Promise<Claims>;
  /** What the provider says now, whatever is remembered. @throws Error when it says nothing that can be understood */
  isActive(token: string): Promise<boolean>;
}

/** Remembers answers for `cache_seconds`, never beyond the token's `exp`. */
export function createIntrospector(options: {
  readonly issuer: IssuerConfig;
  readonly settings: Settings;
  readonly client: ProviderClient;
  readonly fetcher: JsonFetcher;
  readonly metadata: () => Promise<ProviderMetadata>;
  readonly now: () => number;
}): Introspector {
  const { issuer, settings, client, fetcher, metadata, now } = options;
  const timeoutMs = settings.timeout_seconds * 1000;
  const answers = rememberAnswers<Claims | null>({
    now,
    overloaded: () => checksFull('Too many tokens are being checked at the sign-in service.'),
  });

  const ask = async (token: string): Promise<Claims | null> => {
    const url = settings.url ?? (await metadata()).introspection_endpoint;
    if (url === undefined) throw new Error('its metadata names no introspection_endpoint');
    const { status, body } =
      settings.style === 'tokeninfo'
        ? await fetcher.requestJson(`${url}?${new URLSearchParams({ access_token: token }).toString()}`, { timeoutMs })
        : await client.post(url, { token, token_type_hint: 'access_token' }, timeoutMs);
    if (status === 401 || status === 403) throw new Error(`it refused the relay’s own credentials (status ${status})`);
    // Google says 400 for an unknown token.
    if (settings.style === 'tokeninfo' && status === 400) return null;
    if (status !== 200) throw new Error(`it answered with status ${status}`);
    if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new Error('its answer isn’t an object');
    const claims = body as Claims;
    if (settings.style === 'tokeninfo') return withUserinfo(fromTokeninfo(claims), token);
    if (typeof claims['active'] !== 'boolean')
      throw new Error(`its answer says active: ${quoted(claims['active'])}, which isn’t true or false`);
    return claims['active'] ? claims : null;
  };

  /** Details of the person, who must be the token's own (OpenID Connect Core §5.3.2). */
  const withUserinfo = async (claims: Claims, token: string): Promise<Claims> => {
    const { userinfo_endpoint: url } = await metadata();
    if (url === undefined) return claims;
    const { status, body } = await fetcher.requestJson(url, {
      headers: { authorization: `Bearer ${token}` },
      timeoutMs,
    });
    if (status !== 200 || typeof body !== 'object' || body === null)
      throw new Error(`its userinfo endpoint answered with status ${status}`);
    const person = body as Claims;
    if (person['sub'] !== claims['sub']) throw new Error('its userinfo endpoint speaks of somebody else');
    return { ...person, ...claims };
  };

  return {
    async isActive(token) {
      const value = await ask(token);
      if (value === null) answers.forget(nameOf(token));
      return value !== null;
    },
    async introspect(token) {
      const answer = await answers
        .get(nameOf(token), async () => {
          const value = await ask(token);
          return { value, untilMs: Math.min(now() + settings.cache_seconds * 1000, endOf(value) ?? Infinity) };
        })
        .catch((error: unknown) => {
          if (error instanceof AccessError) throw error;
          const reason = failureReason(error);
          throw refused(
            `counts as inactive, because ${issuer.name} didn’t vouch for it: ${reason}`,
            sentence('token-unconfirmed', { provider: issuer.name }),
            error,
          );
        });
      if (answer === null)
        throw refused(
          `isn’t active at ${issuer.name} (introspection)`,
          sentence('token-inactive', { provider: issuer.name }),
        );
      const iss = answer['iss'];
      if (iss !== undefined && iss !== issuer.issuer && !(issuer.accepted_issuers as readonly unknown[]).includes(iss))
        throw refused(
          `comes from ${quoted(iss)}, says ${issuer.name}`,
          sentence('token-of-other-issuer', { mark: mark('iss', iss) }),
        );
      return answer;
    },
  };
}

/** Google writes numbers and booleans as text: https://developers.google.com/identity/openid-connect/openid-connect */
function fromTokeninfo(claims: Claims): Claims {
  const exp = Number(claims['exp']);
  return { ...claims, ...(Number.isFinite(exp) ? { exp } : {}), client_id: claims['azp'] ?? claims['aud'] };
}

function nameOf(token: string): string {
  return hash('sha256', token, 'base64');
}

function endOf(claims: Claims | null): number | undefined {
  const exp = claims?.['exp'];
  return typeof exp === 'number' && exp > 0 ? exp * 1000 : undefined;
}

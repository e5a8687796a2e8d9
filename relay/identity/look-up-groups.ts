import { reason as sentence } from '../../shared/reason.ts';
import { AccessError } from '../../shared/errors.ts';
import type { IssuerConfig } from '../config/config-schema.ts';
import { claimAt } from '../config/values/claim-path.ts';
import { failureReason } from './failure-reason.ts';
import type { JsonFetcher } from './fetch-json.ts';
import type { TokenGroups } from './groups-from-claims.ts';
import type { ProviderMetadata } from './issuer-keys.ts';
import type { LookupVitals } from './provider-vitals.ts';
import { checksFull, refused } from './refuse.ts';
import type { ProviderClient } from './relay-client.ts';
import { rememberAnswers } from './remembered-answers.ts';

type Claims = Readonly<Record<string, unknown>>;
type Settings = NonNullable<IssuerConfig['groups_lookup']>;

const maxGroups = 10_000;

/** Finds the groups that a token leaves out. */
export interface GroupsLookup {
  /**
   * The token's groups, with those of the directory where the config wants them.
   * @throws AccessError `token-rejected` when the directory doesn't give them
   */
  complete(claims: Claims, groups: TokenGroups): Promise<readonly string[]>;
  vitals(): LookupVitals;
}

/** Asks the configured directory, bounded in time, pages and number; remembers for `cache_seconds` by address. */
export function createGroupsLookup(options: {
  readonly issuer: IssuerConfig;
  readonly settings: Settings;
  readonly client: ProviderClient;
  readonly fetcher: JsonFetcher;
  readonly metadata: () => Promise<ProviderMetadata>;
  readonly now: () => number;
}): GroupsLookup {
  const { issuer, settings, client, fetcher, metadata, now } = options;
  const timeoutMs = settings.timeout_seconds * 1000;
  const overloaded = (): Error => checksFull('Too many groups are being looked up.');
  const answers = rememberAnswers<readonly string[]>({ now, overloaded, maxEntries: 5000 });
  const tokens = rememberAnswers<string>({ now, overloaded, maxEntries: 1 });

  let answeredAtMs: number | null = null;
  let lastError: LookupVitals['lastError'] = null;

  const bearer = async (): Promise<string | undefined> => {
    if (settings.authorization === 'none') return undefined;
    if (settings.authorization === 'bearer') return settings.bearer;
    return tokens.get('token', async () => {
      const { token_endpoint: url } = await metadata();
      if (url === undefined) throw new Error('the provider’s metadata names no token_endpoint');
      const form = {
        grant_type: 'client_credentials',
        ...(settings.scope === undefined ? {} : { scope: settings.scope }),
      };
      const { status, body } = await client.post(url, form, timeoutMs);
      const { access_token: value, expires_in: seconds } = (body ?? {}) as Claims;
      if (status !== 200 || typeof value !== 'string')
        throw new Error(`the relay got no token for it (status ${status})`);
      const lifetime = typeof seconds === 'number' && seconds > 0 ? Math.min(seconds, 3600) : 60;
      return { value, untilMs: now() + lifetime * 800 };
    });
  };

  const ask = async (first: string): Promise<readonly string[]> => {
    const origin = new URL(first).origin;
    const found = new Set<string>();
    let url: string | undefined = first;
    const token = await bearer();
    for (let page = 0; url !== undefined; page += 1) {
      if (page === settings.max_pages) throw new Error(`its answer has more than ${settings.max_pages} pages`);
      // The relay's token goes nowhere else.
      if (new URL(url).origin !== origin) throw new Error('its next page is at another address');
      const { status, body } = await fetcher.requestJson(url, {
        ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
        timeoutMs,
      });
      if (status !== 200 || typeof body !== 'object' || body === null)
        throw new Error(`it answered with status ${status}${body === undefined ? ' and no JSON' : ''}`);
      for (const name of valuesAt(body, settings.result)) found.add(name);
      if (found.size > maxGroups) throw new Error(`it names more than ${maxGroups} groups`);
      const next: unknown = settings.next === undefined ? undefined : claimAt(body as Claims, settings.next);
      url = typeof next === 'string' && next !== '' ? new URL(next, url).href : undefined;
    }
    return [...found];
  };

  return {
    async complete(claims, { values, overage }) {
      const isWanted =
        settings.when === 'always' || overage !== undefined || (settings.when === 'missing' && values.length === 0);
      if (!isWanted) return values;
      try {
        const url = filledIn(settings.url, claims);
        const found = await answers.get(url, async () => ({
          value: await ask(url),
          untilMs: now() + settings.cache_seconds * 1000,
        }));
        answeredAtMs = now();
        return [...new Set([...values, ...found])];
      } catch (error) {
        if (error instanceof AccessError) throw error;
        const reason = failureReason(error);
        lastError = { atMs: now(), detail: reason };
        const why = overage === undefined ? 'holds no groups' : `leaves out the groups (${overage} overage)`;
        throw refused(
          `${why}, and the directory of ${issuer.name} didn’t give them: ${reason}`,
          sentence('groups-not-given', { provider: issuer.name }),
          error,
        );
      }
    },
    vitals: () => ({ answeredAtMs, lastError }),
  };
}

/** Each `{claim}` becomes the claim, encoded so that it can't change the address. */
function filledIn(template: string, claims: Claims): string {
  return template.replaceAll(/\{([^}]+)\}/g, (_, path: string) => {
    const value = claimAt(claims, path);
    if (typeof value !== 'string' || value === '' || value.length > 256 || /^\.{1,2}$/.test(value))
      throw new Error(`the token has no usable ${path} claim to ask with`);
    return encodeURIComponent(value);
  });
}

/** Texts at a path through objects and lists. */
function valuesAt(value: unknown, path: string): readonly string[] {
  let found: readonly unknown[] = [value];
  for (const step of path.split('.'))
    found = found
      .flat()
      .flatMap((one) =>
        typeof one === 'object' && one !== null && Object.hasOwn(one, step) ? [(one as Claims)[step]] : [],
      );
  return found.flat().filter((one): one is string => typeof one === 'string' && one !== '' && one.length <= 256);
}

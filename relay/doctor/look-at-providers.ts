import { breakGlassIssuerOf } from '../config/break-glass-issuer.ts';
import type { IssuerConfig } from '../config/config-schema.ts';
import { failureReason } from '../identity/failure-reason.ts';
import { createJsonFetcher } from '../identity/fetch-json.ts';
import { discover } from '../identity/issuer-keys.ts';
import { createKeySet } from '../identity/key-set.ts';
import { openOutbound } from '../identity/open-outbound.ts';
import { providerClock } from './clock-difference.ts';
import { failure, fine, type Look, skipped, warning } from './finding.ts';
import { answerMs, inTime } from './in-time.ts';
import type { Patient } from './patient.ts';

const advice = 'Look at the provider, at the way to it (proxy, firewall), and at “issuer” and “ca” in the config.';

/** Whether each provider tells its addresses and keys as the relay needs them, and whether its clock is this one’s. */
export async function lookAtProviders({ loaded, isWhole }: Patient): Promise<readonly Look[]> {
  const { config } = loaded;
  const looks = await Promise.all(
    config.issuers.map(async (issuer): Promise<readonly Look[]> => {
      if (config.break_glass !== undefined && issuer.issuer === breakGlassIssuerOf(config))
        return [skipped(issuer.name, 'Accounts of the relay’s own: no provider is asked.')];
      if (config.saml !== undefined && issuer.issuer.startsWith(new URL(config.relay.url).origin))
        return [skipped(issuer.name, 'The relay’s own bridge to a SAML provider: it answers when the relay runs.')];
      if (!isWhole && (issuer.ca !== undefined || issuer.relay_client?.certificate !== undefined))
        return [skipped(issuer.name, 'It takes files that can’t all be read; see “config”.')];
      const looked = await inTime((signal) => lookAtProvider(issuer, loaded.authorities.get(issuer.ca ?? ''), signal));
      if (looked.status === 'done') return looked.result;
      const why = looked.status === 'late' ? 'it doesn’t answer in time' : failureReason(looked.error);
      return [failure(issuer.name, `Its keys can’t be fetched: ${why}.`, advice)];
    }),
  );
  return looks.length === 0 ? [skipped('', 'The config has no OpenID provider.')] : looks.flat();
}

async function lookAtProvider(
  issuer: IssuerConfig,
  caPem: string | undefined,
  signal: AbortSignal,
): Promise<readonly Look[]> {
  const outbound = openOutbound({ proxy: issuer.proxy, caPem, timeoutMs: answerMs, connections: 1 });
  const fetcher = createJsonFetcher({ outbound, fetch: undefined, now: Date.now, timeoutMs: answerMs });
  signal.addEventListener('abort', () => fetcher.close(), { once: true });
  try {
    const { jwks_uri: jwksUri } = await discover(issuer, (url) => fetcher.fetchJson(url));
    const keys = await createKeySet(await fetcher.fetchJson(jwksUri));
    const found =
      keys.size === 0
        ? failure(
            issuer.name,
            'It publishes no key that the relay can use.',
            'Ask the provider’s operators: RSA of 2,048 bits or more, EC or EdDSA.',
          )
        : fine(issuer.name, `It answers with ${keys.size} keys.`);
    const unfit = keys.leftOut.map((why) =>
      warning(issuer.name, `Of its keys one isn’t used: ${why}.`, 'Tokens that are signed with it are refused.'),
    );
    return [found, ...unfit, ...providerClock(issuer.name, fetcher.clockDifferenceMs)];
  } finally {
    fetcher.close();
  }
}

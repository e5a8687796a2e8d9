import { createPrivateKey, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { IssuerConfig } from '../config/config-schema.ts';
import type { JsonAnswer, JsonFetcher } from './fetch-json.ts';

type RelayClient = NonNullable<IssuerConfig['relay_client']>;

/** Asks a provider's endpoint as the relay's own client. */
export interface ProviderClient {
  /**
   * Posts a form with the client's authentication (RFC 6749 §2.3, 7523, 8705). When the first secret is refused, the
   * second one is tried, so that a secret can be changed without a gap.
   * @throws Error when the provider doesn't answer
   */
  post(url: string, form: Readonly<Record<string, string>>, timeoutMs: number): Promise<JsonAnswer>;
}

/** `privateKeyPem` is the key for private_key_jwt; without a client nothing authenticates. */
export function createProviderClient(options: {
  readonly issuer: string;
  readonly client: RelayClient | undefined;
  readonly privateKeyPem: string | undefined;
  readonly fetcher: JsonFetcher;
  readonly now: () => number;
}): ProviderClient {
  const { client, fetcher, issuer, now, privateKeyPem } = options;
  const key = privateKeyPem === undefined ? undefined : createPrivateKey(privateKeyPem);
  // The one that worked last goes first.
  let preferred = 0;

  const assertion = async (settings: RelayClient, url: string): Promise<string> => {
    if (key === undefined) throw new Error('the key for private_key_jwt isn’t loaded');
    const nowSeconds = Math.floor(now() / 1000);
    return new SignJWT({ jti: randomUUID() })
      .setProtectedHeader({
        alg: settings.key_algorithm,
        ...(settings.key_id === undefined ? {} : { kid: settings.key_id }),
      })
      .setIssuer(settings.client_id)
      .setSubject(settings.client_id)
      .setAudience(settings.assertion_audience === 'issuer' ? issuer : url)
      .setIssuedAt(nowSeconds)
      .setExpirationTime(nowSeconds + 60)
      .sign(key);
  };

  const postWith = async (
    url: string,
    form: Readonly<Record<string, string>>,
    timeoutMs: number,
    secret: string | undefined,
  ): Promise<JsonAnswer> => {
    if (client === undefined) return fetcher.requestJson(url, { form, timeoutMs });
    const { client_id: id } = client;
    switch (client.method) {
      case 'client_secret_basic': {
        // Both are form-encoded first (RFC 6749 §2.3.1).
        const pair = `${formEncoded(id)}:${formEncoded(secret ?? '')}`;
        const authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
        return fetcher.requestJson(url, { form, timeoutMs, headers: { authorization } });
      }
      case 'client_secret_post':
        return fetcher.requestJson(url, { form: { ...form, client_id: id, client_secret: secret ?? '' }, timeoutMs });
      case 'private_key_jwt':
        return fetcher.requestJson(url, {
          form: {
            ...form,
            client_id: id,
            client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
            client_assertion: await assertion(client, url),
          },
          timeoutMs,
        });
      case 'tls_client_auth':
        return fetcher.requestJson(url, { form: { ...form, client_id: id }, timeoutMs });
    }
  };

  return {
    async post(url, form, timeoutMs) {
      const secrets = client?.secrets ?? [];
      const first = await postWith(url, form, timeoutMs, secrets[preferred]);
      if (secrets.length < 2 || !isClientRefused(first)) return first;
      const other = 1 - preferred;
      const second = await postWith(url, form, timeoutMs, secrets[other]);
      if (!isClientRefused(second)) preferred = other;
      return second;
    },
  };
}

/** RFC 6749 §5.2: `invalid_client`, with 401 or 400; some providers send a bare 401. */
function isClientRefused({ status, body }: JsonAnswer): boolean {
  return (
    status === 401 || (typeof body === 'object' && body !== null && 'error' in body && body.error === 'invalid_client')
  );
}

function formEncoded(text: string): string {
  return new URLSearchParams({ x: text }).toString().slice(2);
}

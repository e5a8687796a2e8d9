/** Settings of an issuer as a person wrote them: nothing is known of their values. */
export type Settings = Readonly<Record<string, unknown>>;

/** What keeps a preset from filling in its part; the message continues the name of the key. */
export class PresetProblem extends Error {
  readonly key: string;
  constructor(key: string, message: string) {
    super(message);
    this.key = key;
  }
}

/** The issuer, where the person didn’t name it. */
export function issuerUnlessGiven(own: Settings, make: () => string): Settings {
  return own['issuer'] === undefined ? { issuer: make() } : {};
}

/** The provider’s host, from `domain`. @throws PresetProblem */
export function hostName(own: Settings, example: string): string {
  const domain = text(own, 'domain');
  if (domain === undefined)
    throw new PresetProblem('domain', `is missing. The preset ${String(own['preset'])} needs it, such as ${example}`);
  if (!/^[a-z0-9.-]+(?::\d+)?$/i.test(domain))
    throw new PresetProblem('domain', `must be a host name alone, without https:// and path, such as ${example}`);
  return domain;
}

/** A text that isn’t empty. */
export function text(own: Settings, key: string): string | undefined {
  const value = own[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Whether it holds keys. */
export function isSettings(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Address of a server without slashes at its end, from `url`. @throws PresetProblem */
export function serverUrl(own: Settings): string {
  const url = text(own, 'url');
  if (url === undefined)
    throw new PresetProblem('url', `is missing. The preset ${String(own['preset'])} needs the address of the server`);
  return url.replace(/\/+$/, '');
}

/**
 * Settings of a provider whose access tokens say nothing that a relay could check: the app presents the ID token, which
 * is for the app alone. Who says `token_kind: access_token` has set the provider up otherwise.
 */
export function idTokenUnlessGiven(own: Settings, forAccessTokens: Settings = {}): Settings {
  if (own['token_kind'] === 'access_token') return forAccessTokens;
  return {
    token_kind: 'id_token',
    ...(text(own, 'client_id') === undefined ? {} : { audience: own['client_id'] }),
    dpop: 'off',
  };
}

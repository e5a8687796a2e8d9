import { ConfigError, type ConfigProblem } from '../config/config-problem.ts';
import { type LoadedConfig, loadConfig, type LoadOptions } from '../config/load-config.ts';
import { notesOnChains } from '../config/certificate-chains.ts';
import { neverKeptOf } from '../config/values/header-names.ts';
import { isLoopbackHost } from '../../shared/loopback-host.ts';
import { restartNotes } from './restart-notes.ts';
import { seldomMeant } from './seldom-meant.ts';
import { shadowedRules } from './shadowed-rules.ts';
import { widerAllows } from './wider-allows.ts';

/** What a look at a config file has found. */
export type CheckedConfig =
  | {
      readonly status: 'usable';
      /** Absolute path of the file. */
      readonly path: string;
      readonly counts: { readonly issuers: number; readonly apis: number; readonly rules: number };
      /** What works, but should be written otherwise. */
      readonly warnings: readonly ConfigProblem[];
      /** What is allowed but seldom meant, in sentences. */
      readonly notes: readonly string[];
      /** What takes effect after a restart alone, in sentences; nothing is wrong with it. */
      readonly restarts: readonly string[];
    }
  | { readonly status: 'unusable'; readonly problems: readonly ConfigProblem[] };

/** Checks a config file as the relay would at start. */
export async function checkConfigFile(path: string, options: LoadOptions = {}): Promise<CheckedConfig> {
  try {
    const loaded = await loadConfig(path, options);
    const { issuers, apis } = loaded.config;
    const written = await loadConfig(path, { ...options, files: 'skip' });
    const rules = apis.reduce((sum, api) => sum + api.rules.length, 0);
    return {
      status: 'usable',
      path: loaded.path,
      counts: { issuers: issuers.length, apis: apis.length, rules },
      warnings: loaded.warnings ?? [],
      notes: [...notesOn(loaded), ...seldomMeant(loaded.config), ...notesOnChains(loaded), ...notesOnWritten(written)],
      restarts: restartNotes(written),
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { status: 'unusable', problems: error.problems };
  }
}

function notesOn({ config }: LoadedConfig): readonly string[] {
  return [
    ...notesOnPlaces(config),
    ...notesOnProxies(config),
    ...notesOnOperators(config),
    ...notesOnRoles(config),
    ...notesOnApis(config),
  ];
}

/** Without TLS of its own, a relay at an https:// address stands behind what ends TLS. */
function notesOnProxies({ relay }: LoadedConfig['config']): readonly string[] {
  if (relay.tls !== undefined || relay.trusted_proxies !== undefined || !/^https:/i.test(relay.url)) return [];
  return [
    '“relay.tls” is left out, so something in front ends TLS, and “relay.trusted_proxies” doesn’t name it: rules on networks, limits, sessions and audit see its address in place of callers’. Name it (docs/deployment.md).',
  ];
}

function notesOnOperators({ admin }: LoadedConfig['config']): readonly string[] {
  if (admin === undefined || Object.values(admin.roles).some((groups) => groups.length > 0)) return [];
  return ['“admin.roles” gives no group a role, so nobody can use the operators’ port. Write owner: [GROUP] there.'];
}

/** Roles that may be asked for at all APIs. */
function notesOnRoles({ access_requests: requests, apis }: LoadedConfig['config']): readonly string[] {
  return (requests?.roles ?? [])
    .filter(({ role }) => !apis.some((api) => isUsedAt(api, role)))
    .map(
      ({ role }) => `The role “${role}” may be asked for, and no allow rule names that group: it would unlock nothing.`,
    );
}

function isUsedAt({ rules }: LoadedConfig['config']['apis'][number], role: string): boolean {
  return rules.some(({ effect, groups }) => effect === 'allow' && (groups?.includes(role) ?? false));
}

const secretHeader = /^(?:authorization|proxy-authorization|cookie|.*(?:key|token|secret|password))$/i;

/** What shows only before secrets are filled in. */
function notesOnWritten({ config }: LoadedConfig): readonly string[] {
  return [...notesOnSecrets(config), ...notesOnForwarding(config)];
}

function notesOnSecrets({ shared_state: shared, issuers }: LoadedConfig['config']): readonly string[] {
  const secrets = [
    ['shared_state.secret', shared.secret],
    ['shared_state.other_secret', shared.other_secret],
    ...issuers.map(
      (issuer, index) => [`issuers[${index}].groups_lookup.bearer`, issuer.groups_lookup?.bearer] as const,
    ),
  ] as const;
  return secrets.flatMap(([key, value]) =>
    value === undefined || value.includes('${')
      ? []
      : `“${key}” stands in the file in the clear. Write \${env:NAME} or \${file:PATH}.`,
  );
}

function notesOnForwarding(config: LoadedConfig['config']): readonly string[] {
  return config.apis.flatMap((api) => [
    ...(isOwnAddress(api.upstream, config.relay)
      ? [
          `The upstream of the API “${api.id}” is this relay itself, which forwards nothing there. Write the API’s own address.`,
        ]
      : []),
    ...Object.entries(api.headers).flatMap(([name, value]) => {
      const variable = /\$(?<name>[A-Za-z_]\w*)/.exec(value)?.groups?.['name'];
      const header = `The header “${name}” of the API “${api.id}”`;
      if (variable !== undefined)
        return `${header} is sent with “$${variable}” as it stands. Write \${env:${variable}}.`;
      if (!secretHeader.test(name) || value.includes('${')) return [];
      return `${header} stands in the file in the clear. Write \${env:NAME} or \${file:PATH}.`;
    }),
  ]);
}

function isOwnAddress(upstream: string, { url, listen }: LoadedConfig['config']['relay']): boolean {
  const address = URL.parse(upstream);
  if (address === null || address.protocol === 'unix:') return false;
  if (address.origin === new URL(url).origin) return true;
  const port = Number(address.port === '' ? { 'https:': 443, 'http:': 80 }[address.protocol] : address.port);
  return isLoopbackHost(address.hostname) && port === listen.port;
}

/** Redis keeps what can be made again; what must never be lost stands there only for want of another place. */
function notesOnPlaces({ shared_state: shared, storage }: LoadedConfig['config']): readonly string[] {
  if (shared.store !== 'redis' || storage !== undefined) return [];
  return [
    'Sessions, locks, grants and revocations of all relays are kept in Redis, which may lose them. Name a PostgreSQL under “storage” (docs/storage.md).',
  ];
}

function rolesOffered(api: LoadedConfig['config']['apis'][number]): readonly string[] {
  return api.access_requests?.roles ?? [];
}

function notesOnApis(config: LoadedConfig['config']): readonly string[] {
  return config.apis.flatMap((api) => {
    const nobody = api.rules.filter((rule) => rule.groups?.length === 0);
    const hasAllow = api.rules.some((rule) => rule.effect === 'allow' && rule.groups?.length !== 0);
    return [
      ...(hasAllow ? [] : [`No rule of the API “${api.id}” allows anything, so nobody can use it.`]),
      ...nobody.map(
        (rule) => `The rule “${rule.name}” of the API “${api.id}” has an empty list of groups: it is for nobody.`,
      ),
      ...api.keep_headers.flatMap((entry) => {
        const never = neverKeptOf(entry);
        if (never.length === 0) return [];
        return `“${entry}” in “keep_headers” of the API “${api.id}” keeps all but what the relay sets or strips itself: ${never.join(', ')}.`;
      }),
      ...shadowedRules(api.rules).map(({ rule, by }) => {
        const takers = by.map(({ name, effect }) => `the ${effect} rule “${name}”`);
        const [last = '', ...rest] = takers.toReversed();
        const who = rest.length === 0 ? `${last} takes` : `${rest.toReversed().join(', ')} and ${last} together take`;
        return `The rule “${rule}” of the API “${api.id}” never decides anything: ${who} all that it is for.`;
      }),
      ...rolesOffered(api).flatMap((role) => {
        if (isUsedAt(api, role)) return [];
        return `The role “${role}” may be asked for at the API “${api.id}”, and no allow rule of it names that group: it would unlock nothing.`;
      }),
      ...(api.when_locked === 'hide' && rolesOffered(api).length > 0
        ? [
            `The API “${api.id}” offers roles and is hidden from people without access, who so can’t ask for them. Write when_locked: show.`,
          ]
        : []),
      ...widerAllows(api.rules).map(
        ({ deny, allow, path }) =>
          `The rule “${allow}” of the API “${api.id}” allows more than the deny rule “${deny}” beside it reads: another name that the API has for ${path}, such as a short name of Windows, would be allowed. See docs/policy.md, “Spellings that are not refused”.`,
      ),
    ];
  });
}

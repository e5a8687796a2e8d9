import { breakGlassGroup, breakGlassName } from '../config/break-glass-issuer.ts';
import type { Config } from '../config/config-schema.ts';

/** Sentences on what a config may say, and what then has no effect, or another one than it reads like. */
export function seldomMeant(config: Config): readonly string[] {
  return [
    ...wideProxies(config),
    ...idleIssuers(config),
    ...unmappedGroups(config),
    ...emptyTiers(config),
    ...emptyConditions(config),
    ...plainUpstreams(config),
    ...unknownRoles(config),
    ...starsElsewhere(config),
  ];
}

/** Whoever is in such a range chooses the address that rules and the audit go by. */
function wideProxies({ relay, admin }: Config): readonly string[] {
  const sections = [
    ['relay', relay.trusted_proxies],
    ['admin', admin?.trusted_proxies],
  ] as const;
  return sections.flatMap(([section, trusted]) =>
    (trusted?.addresses ?? []).flatMap((address) => {
      const [, bits] = address.split('/');
      if (bits === undefined || Number(bits) >= (address.includes(':') ? 32 : 8)) return [];
      return `“${section}.trusted_proxies” trusts ${address}, and so every caller in that range to name their own address. Name the proxies alone.`;
    }),
  );
}

function idleIssuers({ issuers }: Config): readonly string[] {
  return issuers
    .filter(({ apis }) => apis?.length === 0)
    .map(({ name }) => `The issuer “${name}” has an empty list of “apis”: its people can’t use any.`);
}

/** With a mapping that drops all else, a group that it doesn’t give is nobody’s. */
function unmappedGroups({ issuers, apis, access_requests: everywhere, break_glass: local }: Config): readonly string[] {
  const ofProviders = issuers.filter(({ name }) => local === undefined || name !== breakGlassName);
  const given = new Set(['*']);
  for (const { claims, groups_lookup: lookup } of ofProviders) {
    const names = Object.values(claims.mapping).flat();
    if (names.length === 0 || claims.unmapped === 'keep' || lookup !== undefined) return [];
    for (const name of names) given.add(name);
  }
  for (const { role } of everywhere.roles) given.add(role);
  for (const { groups } of local?.accounts ?? []) for (const group of [breakGlassGroup, ...groups]) given.add(group);
  return apis.flatMap(({ id, rules, access_requests: requests }) =>
    rules.flatMap(({ name, groups = [] }) =>
      groups
        .filter((group) => !given.has(group) && !(requests?.roles ?? []).includes(group))
        .map(
          (group) =>
            `The rule “${name}” of the API “${id}” names the group “${group}”, which nobody has: “claims.mapping” doesn’t give it, and drops what it doesn’t name. Add it there, or write unmapped: keep.`,
        ),
    ),
  );
}

/** A caller is in the first tier that is for them. */
function emptyTiers({ tiers }: Config): readonly string[] {
  const first = tiers.findIndex(({ groups }) => groups === undefined || groups.includes('*'));
  const all = tiers[first];
  if (all === undefined) return [];
  return tiers
    .slice(first + 1)
    .map(
      ({ name }) =>
        `Nobody is in the tier “${name}”: “${all.name}” stands before it and is for everybody. Put “${all.name}” last.`,
    );
}

/** A list without entries is no condition that is left out. */
function emptyConditions({ apis }: Config): readonly string[] {
  return apis.flatMap(({ id, rules }) =>
    rules.flatMap(({ name, effect, times, networks, scopes, claims }) => {
      const empty = [
        ...Object.entries({ times, networks, scopes }),
        ...Object.entries(claims ?? {}).map(([claim, values]) => [`claims.${claim}`, values] as const),
      ].find(([, values]) => values?.length === 0);
      if (empty === undefined) return [];
      const so = effect === 'deny' ? 'denies nothing' : 'allows nothing';
      return `The rule “${name}” of the API “${id}” has an empty list of “${empty[0]}”, which nothing fits: it ${so}. Leave it out, or write what fits.`;
    }),
  );
}

/** Without TLS nobody is shown a certificate, nor checks one. */
function plainUpstreams({ apis }: Config): readonly string[] {
  return apis.flatMap(({ id, upstream, ca, client_certificate: pair }) => {
    const url = URL.parse(upstream);
    if (url?.protocol === 'https:' && url.port !== '80') return [];
    if (url?.protocol === 'https:')
      return `The upstream of the API “${id}” has https:// at port 80, where servers speak without TLS. Write http://, or another port.`;
    if (url?.protocol === 'http:' && url.port === '443')
      return `The upstream of the API “${id}” has http:// at port 443, where servers speak TLS. Write https://.`;
    const idle = [...(ca === undefined ? [] : ['ca']), ...(pair === undefined ? [] : ['client_certificate'])];
    return idle.map(
      (key) =>
        `“${key}” of the API “${id}” has no effect: its upstream is spoken to without TLS. Write https:// there.`,
    );
  });
}

/** Only rules and tiers read “*” as everybody. */
function starsElsewhere({ admin, apis, access_requests: everywhere }: Config): readonly string[] {
  const named: readonly (readonly [string, readonly string[]])[] = [
    ...Object.entries(admin?.roles ?? {}).map(([role, groups]) => [`“admin.roles.${role}”`, groups] as const),
    ...everywhere.roles.map(({ role, approvers }) => [`“approvers” of the role “${role}”`, approvers] as const),
    ...apis.map(
      ({ id, access_requests: requests }) => [`“approvers” of the API “${id}”`, requests?.approvers ?? []] as const,
    ),
  ];
  return named
    .filter(([, groups]) => groups.includes('*'))
    .map(([where]) => `“*” in ${where} is a group of that name, and not everybody: nobody has it. Name groups.`);
}

/** Roles that somebody is to be told of, and nobody can ask for. */
function unknownRoles({ notify, apis, access_requests: everywhere }: Config): readonly string[] {
  const offered = new Set([
    ...everywhere.roles.map(({ role }) => role),
    ...apis.flatMap(({ access_requests: requests }) => requests?.roles ?? []),
  ]);
  return [...(notify?.webhooks ?? []), ...(notify?.mail?.to ?? [])].flatMap(({ roles = [] }) =>
    roles
      .filter((role) => !offered.has(role))
      .map((role) => `“notify” is to tell of requests for the role “${role}”, which nobody can ask for.`),
  );
}

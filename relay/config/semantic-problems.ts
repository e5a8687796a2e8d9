import { canonicalPath } from '../../shared/canonical-path.ts';
import { pathFormsOf } from './path-forms-of.ts';
import { breakGlassClientId, breakGlassName } from './break-glass-issuer.ts';
import { samlConsoleClientId } from './saml-issuer.ts';
import { isLoopbackHost } from '../../shared/loopback-host.ts';
import {
  checkOrigin,
  checkPlainAddress,
  checkProviderAddress,
  checkPublicAddress,
  everyAddress,
} from './address-problems.ts';
import type { ConfigProblem } from './config-problem.ts';
import type { CheckableConfig } from './checkable-config.ts';
import type { ApiConfig, IssuerConfig } from './config-schema.ts';
import { checkBreakGlass } from './break-glass-problems.ts';
import { checkClientPolicy } from './client-policy.ts';
import { reportDuplicates } from './duplicates.ts';
import { checkHeaders } from './header-problems.ts';
import { checkNotify } from './notify-problems.ts';
import { checkRequestLimits } from './request-limit-problems.ts';
import { checkRule } from './rule-problems.ts';
import { checkSignals } from './signals-problems.ts';
import { checkSinks } from './sink-problems.ts';
import { parseUpstreamAddress, socketPathProblem, writtenBasePath } from './upstream-address.ts';
import { networkRangeProblem } from './values/network-range.ts';
import type { Report, YamlSource } from './yaml-source.ts';

/** What a schema can’t see: values that clash with each other, addresses and patterns that could never work. */
export function semanticProblems(config: CheckableConfig, source: YamlSource): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const report: Report = (path, message, place) => problems.push(source.problemAt(path, message, place));

  if (config.relay !== undefined) {
    checkPublicAddress(config.relay.url, ['relay', 'url'], report);
    checkOrigin(config.relay.url, report);
    checkTrustedProxies(config.relay.trusted_proxies?.addresses ?? [], 'relay', report);
  }
  checkClientPolicy(config, report);
  checkNeverLocked(config.anomalies, report);
  checkAdmin(config.admin, report);
  checkConsole(config, report);
  checkPorts(config, report);
  checkGroups(config, report);
  checkIssuers(config.issuers, report);
  checkReach(config, report);
  checkBreakGlass(config, report);
  reportDuplicates(
    config.apis,
    (api) => api?.id,
    (index) => ['apis', index, 'id'],
    'API id',
    report,
  );
  reportDuplicates(
    config.apis,
    (api) => api?.port,
    (index) => ['apis', index, 'port'],
    'port',
    report,
  );
  for (const [index, api] of config.apis.entries()) if (api !== undefined) checkApi(api, ['apis', index], report);
  checkRequestLimits(config, report);
  checkRecorded(config, report);
  checkDurable(config, report);
  const ids = config.apis.flatMap((api) => api?.id ?? []);
  const knownApis = ids.length < config.apis.length ? undefined : new Set(ids);
  checkSinks(config.sinks, knownApis, config.relay?.data, report);
  checkNotify(config.notify, knownApis, report);
  checkSignals(config, report);
  return problems;
}

/** A relay without a lasting disk has to be told what others keep there. */
function checkDurable({ audit, relay, storage }: CheckableConfig, report: Report): void {
  if (audit?.durable !== 'database') {
    if (audit?.signing_key !== undefined)
      report(
        ['audit', 'signing_key'],
        'belongs to “durable: database”. On disk, the relay makes its own key. Remove it.',
      );
    return;
  }
  if (storage === undefined) report(['audit', 'durable'], 'needs “storage”, the PostgreSQL that answers wait for.');
  if (relay !== undefined && relay.id === undefined)
    report(
      ['audit', 'durable'],
      'needs “relay.id”, another one for each relay: without a lasting disk none is remembered.',
    );
  if (audit.signing_key === undefined)
    report(['audit', 'durable'], 'needs “audit.signing_key”: without a lasting disk no key is remembered.');
}

/** A name that fits no API would record nothing, unnoticed; nor would refused sign-ins go sooner than all else. */
function checkRecorded({ audit, apis }: CheckableConfig, report: Report): void {
  if (audit?.keep_days !== undefined && (audit.keep_refused_days ?? 0) > audit.keep_days)
    report(
      ['audit', 'keep_refused_days'],
      `is longer than keep_days (${audit.keep_days}): the records go with that. Make it shorter, or leave it out.`,
    );
  const known = new Set(apis.map((api) => api?.id));
  if (known.has(undefined)) return;
  for (const api of Object.keys(audit?.record.query ?? {})) {
    if (!known.has(api)) report(['audit', 'record', 'query', api], 'names no API of this file. Correct the id.', 'key');
  }
}

/** A proxy that is trusted by mistake lets callers choose their addresses. */
function checkTrustedProxies(addresses: readonly string[], section: 'relay' | 'admin', report: Report): void {
  for (const [index, address] of addresses.entries()) {
    const place = [section, 'trusted_proxies', 'addresses', index];
    const problem = networkRangeProblem(address);
    if (problem !== undefined) report(place, `${problem}.`);
    else if (/\/0+$/.test(address)) report(place, 'trusts everybody. Name the addresses of the proxies alone.');
  }
}

function checkNeverLocked(anomalies: CheckableConfig['anomalies'], report: Report): void {
  const rule = anomalies?.refused_sign_ins ?? 'off';
  if (rule === 'off') return;
  for (const [index, address] of rule.never_lock.entries()) {
    const problem = networkRangeProblem(address);
    if (problem !== undefined) report(['anomalies', 'refused_sign_ins', 'never_lock', index], `${problem}.`);
  }
}

/** Tokens of operators travel there. */
function checkAdmin(admin: CheckableConfig['admin'], report: Report): void {
  checkTrustedProxies(admin?.trusted_proxies?.addresses ?? [], 'admin', report);
  if (admin?.url !== undefined) checkPlainAddress(admin.url, ['admin', 'url'], report);
  if (admin === undefined || admin.tls !== undefined || isLoopbackHost(admin.listen.host)) return;
  report(
    ['admin', 'tls'],
    `is needed, because operators’ tokens travel to ${admin.listen.host}. Name cert and key, or listen on 127.0.0.1 alone.`,
  );
}

/** Operators of a provider that isn’t there could never sign in. */
function checkConsole({ admin, issuers, saml, break_glass: local }: CheckableConfig, report: Report): void {
  const clients = admin?.console?.sign_in ?? [];
  const place = (index: number, ...rest: PropertyKey[]): PropertyKey[] =>
    ['admin', 'console', 'sign_in', index as PropertyKey].concat(rest);
  reportDuplicates(
    clients,
    ({ issuer }) => issuer,
    (index) => place(index, 'issuer'),
    'issuer',
    report,
  );
  // The relay’s own two, whose clients are given.
  const own = new Map([
    ...(saml === undefined ? [] : [[saml.name, samlConsoleClientId] as const]),
    ...(local === undefined ? [] : [[breakGlassName, breakGlassClientId] as const]),
  ]);
  const known = new Set([...issuers.map((issuer) => issuer?.name), ...own.keys()]);
  for (const [index, { issuer, client_id: id, secrets }] of clients.entries()) {
    const given = own.get(issuer);
    if (given !== undefined && (id !== given || secrets.length > 0))
      report(place(index, 'client_id'), `must be ${given}, and without secrets, at the relay’s own ${issuer}.`);
    if (!known.has(undefined) && !known.has(issuer))
      report(place(index, 'issuer'), `names no issuer of this file: ${issuer}. Write one’s “name”.`);
    for (const [at, secret] of secrets.entries())
      if (!/\$\{(?:env|file|credential):[^}]+\}/.test(secret))
        report(place(index, 'secrets', at), 'must not stand here in the clear. Write ${env:NAME} or ${file:PATH}.');
  }
  const url = admin?.url;
  if (clients.length > 0 && url === undefined && everyAddress.has(admin?.listen.host ?? ''))
    report(['admin', 'console'], 'needs “admin.url”: the address that browsers use, which listen doesn’t say.');
  if (clients.length > 0 && url !== undefined && !isConsoleOrigin(url))
    report(
      ['admin', 'url'],
      'must begin with https:// and have no path, because browsers keep the console’s cookie only there. http:// works only for 127.0.0.1, [::1] and localhost.',
    );
}

function isConsoleOrigin(address: string): boolean {
  const { protocol, hostname, pathname } = new URL(address);
  return pathname === '/' && (protocol === 'https:' || isLoopbackHost(hostname));
}

/** A folder has one group. */
function checkGroups({ audit, admin }: CheckableConfig, report: Report): void {
  const [readers, operators] = [audit?.reader_group, admin?.socket_group];
  if (readers === undefined || operators === undefined || readers === operators) return;
  report(
    ['admin', 'socket_group'],
    `is ${operators}, and audit.reader_group ${readers}: relay.data can be given to one group alone. Write the same for both.`,
  );
}

/** Two servers can't share a port; a host that stands for all addresses has that of every other. */
function checkPorts({ relay, admin }: CheckableConfig, report: Report): void {
  if (relay === undefined || admin === undefined) return;
  const { port, host } = admin.listen;
  if (port === 0 || port !== relay.listen.port) return;
  if (host !== relay.listen.host && !everyAddress.has(host) && !everyAddress.has(relay.listen.host)) return;
  report(
    ['admin', 'listen', 'port'],
    `is ${port}, where relay.listen has employees. Write another one for operators, or 443 for employees.`,
  );
}

function checkIssuers(issuers: readonly (IssuerConfig | undefined)[], report: Report): void {
  const place = (index: number, key: string): PropertyKey[] => ['issuers', index, key];
  reportDuplicates(
    issuers,
    (issuer) => issuer?.issuer,
    (index) => place(index, 'issuer'),
    'issuer',
    report,
  );
  reportDuplicates(
    issuers,
    (issuer) => issuer?.name,
    (index) => place(index, 'name'),
    'issuer name',
    report,
  );
  for (const [index, issuer] of issuers.entries()) {
    if (issuer === undefined) continue;
    checkPublicAddress(issuer.issuer, place(index, 'issuer'), report);
    for (const key of ['metadata_url', 'jwks_uri'] as const) {
      const address = issuer[key];
      if (address !== undefined) checkProviderAddress(address, place(index, key), report);
    }
  }
}

/** Which APIs an issuer is for; not looked at while an API can't be read, whose id is then unknown. */
function checkReach({ issuers, saml, apis }: CheckableConfig, report: Report): void {
  const known = apis.flatMap((api) => api?.id ?? []);
  if (known.length < apis.length) return;
  const check = (reached: readonly string[] | undefined, place: readonly PropertyKey[]): void => {
    for (const [index, id] of (reached ?? []).entries())
      if (!known.includes(id)) report([...place, 'apis', index], `names an API that isn’t under “apis”: ${id}.`);
  };
  for (const [index, issuer] of issuers.entries()) check(issuer?.apis, ['issuers', index]);
  check(saml?.apis, ['saml']);
}

function checkApi(api: ApiConfig, place: readonly PropertyKey[], report: Report): void {
  checkUpstream(api, [...place, 'upstream'], report);
  checkPath(api.example_path, [...place, 'example_path'], api, report);
  for (const [index, origin] of api.allowed_origins.entries()) {
    const proper = new URL(origin).origin;
    if (origin !== proper) report([...place, 'allowed_origins', index], `must be an origin alone. Write “${proper}”.`);
  }
  for (const [index, { from, to }] of api.redirect.entries()) {
    const at = [...place, 'redirect', index];
    const { username, password, search, hash } = new URL(from);
    if (username + password + search + hash !== '')
      report([...at, 'from'], 'must hold no user name, password, “?” or “#”.');
    checkPath(to, [...at, 'to'], api, report);
  }
  checkHeaders(api, place, report);
  checkUpgrades(api, place, report);

  reportDuplicates(
    api.rules,
    (rule) => rule.name,
    (index) => [...place, 'rules', index, 'name'],
    'rule name',
    report,
  );
  for (const [index, rule] of api.rules.entries()) checkRule(rule, api, [...place, 'rules', index], report);
}

function checkUpgrades(api: ApiConfig, place: readonly PropertyKey[], report: Report): void {
  reportDuplicates(
    api.upgrades,
    (protocol) => protocol,
    (index) => [...place, 'upgrades', index],
    'protocol',
    report,
  );
  if (api.protocol === 'http1') return;
  for (const [index, protocol] of api.upgrades.entries()) {
    if (protocol !== 'websocket')
      report(
        [...place, 'upgrades', index],
        `needs “protocol: http1”: HTTP/2 has no Upgrade (RFC 9113 §8.6). Remove it.`,
      );
  }
}

function checkPath(path: string, place: readonly PropertyKey[], api: ApiConfig, report: Report): void {
  const canonical = canonicalPath(path, { allow: pathFormsOf(api) });
  if (canonical.status === 'refused') report(place, `has a path that the relay would refuse. ${canonical.detail}`);
}

function checkUpstream(api: ApiConfig, place: readonly PropertyKey[], report: Report): void {
  const socketPath = parseUpstreamAddress(api.upstream)?.socketPath ?? null;
  if (socketPath === null) {
    const url = new URL(api.upstream);
    if (url.username !== '' || url.password !== '') {
      report(
        place,
        'must not hold a user name or password. Put credentials under “headers”, from ${env:NAME} or ${file:PATH}.',
      );
    }
    if (url.search !== '' || url.hash !== '') report(place, 'must hold neither “?” nor “#”.');
    if (url.port === '0')
      report(place, 'has port 0, to which nobody can connect. Write the one that the API listens on.');
  } else {
    const problem = socketPathProblem(socketPath);
    if (problem !== null) report(place, problem);
  }
  checkPath(writtenBasePath(api.upstream), place, api, report);
  if (api.server_name !== undefined && !/^https:/i.test(api.upstream))
    report([...place.slice(0, -1), 'server_name'], 'needs an upstream that begins with https://.');
}

import { createHash } from 'node:crypto';
import { canonicalPath } from '../../shared/canonical-path.ts';
import type { CatalogEntry } from '../../shared/catalog.ts';
import type { ApiConfig, Config } from '../config/config-schema.ts';
import type { Identity } from '../identity/identity.ts';
import { catalogEntryFor, isOpen } from './catalog-entry.ts';
import { type CompiledApi, compileApi } from './compile-api.ts';
import { type CompiledRule, coversGroups } from './compile-rule.ts';
import { considerRule } from './consider-rule.ts';
import type { ConsideredRule, Decision, Policy, PolicyRequest } from './decision.ts';
import { readPath } from './path-readings.ts';
import { groupWords, listWords } from './rule-words.ts';

type Groups = Pick<Identity, 'groups'>;

/**
 * Compiles the APIs and rules of a checked config. A decision costs one look-up plus the rules of that one API,
 * whatever the number of APIs. `groups` arrays are taken as immutable: each is made a set once and remembered.
 */
export function compilePolicy(config: Pick<Config, 'apis'>): Policy {
  const apis = new Map(config.apis.map((api) => [api.id, compileApi(api)]));
  const revision = revisionOf(config.apis);
  const entries = [...apis.values()].map((api) => ({ api, cache: new Map<string, CatalogEntry | undefined>() }));
  const sets = new WeakMap<readonly string[], ReadonlySet<string>>();
  const groupSet = (identity: Groups): ReadonlySet<string> => {
    let set = sets.get(identity.groups);
    if (set === undefined) sets.set(identity.groups, (set = new Set(identity.groups)));
    return set;
  };

  return {
    revision,
    decide: (identity, request) => decide(apis.get(request.api), groupSet(identity), request),
    explain: (identity, request) => {
      const api = apis.get(request.api);
      const groups = groupSet(identity);
      return { decision: decide(api, groups, request), considered: consider(api, groups, request) };
    },
    isVisible: (identity, id) => {
      const api = apis.get(id);
      return api !== undefined && !isHidden(api, groupSet(identity));
    },
    catalogFor: (identity) => {
      const groups = groupSet(identity);
      const { subject, issuer, name, email } = identity;
      return {
        revision,
        person: { subject, issuer, name, ...(email === undefined ? {} : { email }), groups: [...identity.groups] },
        apis: entries.flatMap(({ api, cache }) => catalogEntryFor(api, groups, cache) ?? []),
      };
    },
  };
}

/** Covers what decides or is shown, and nothing else: people see the revision, so no secret may go into it. */
function revisionOf(apis: readonly ApiConfig[]): string {
  const shown = apis.map(({ upstream: _upstream, headers: _headers, ca: _ca, ...rest }) => rest);
  return createHash('sha256').update(JSON.stringify(shown)).digest('hex').slice(0, 12);
}

function decide(api: CompiledApi | undefined, groups: ReadonlySet<string>, request: PolicyRequest): Decision {
  if (api === undefined) return unknownApi(request.api);
  const { method } = request;
  const unfit = unfitRequest(api, request);
  if (unfit !== undefined) return isHidden(api, groups) ? unknownApi(request.api) : deny(null, unfit, []);
  const readings = readPath(request.path);

  for (const rule of api.denies) {
    if (coversGroups(rule, groups) && rule.coversMethod(method) && rule.coversPath(readings)) {
      if (isHidden(api, groups)) return unknownApi(request.api);
      return deny(rule.name, `${rule.sentence} ${forWhom(rule, groups)}. A deny rule wins over every allow rule.`, []);
    }
  }
  for (const rule of api.allows) {
    if (coversGroups(rule, groups) && rule.coversMethod(method) && rule.coversPath(readings)) {
      return { effect: 'allow', rule: rule.name, reason: `${rule.sentence} ${forWhom(rule, groups)}.` };
    }
  }

  if (isHidden(api, groups)) return unknownApi(request.api);
  const matching = (rule: CompiledRule): boolean => rule.coversMethod(method) && rule.coversPath(readings);
  const barred = new Set(api.denies.filter(matching).flatMap((rule) => rule.groups));
  const unlocking = new Set(api.allows.filter(matching).flatMap((rule) => rule.groups));
  const unlockedBy = [...unlocking].filter((group) => !barred.has(group));
  const asked = `${method} ${shorten(request.path)}`;
  const why =
    groups.size === 0
      ? `Your sign-in carries no groups, and no rule allows ${asked} for everybody.`
      : `No rule allows ${asked} for your groups.`;
  return deny(null, `${why} ${unlockWords(unlockedBy)}`, unlockedBy);
}

function consider(
  api: CompiledApi | undefined,
  groups: ReadonlySet<string>,
  request: PolicyRequest,
): readonly ConsideredRule[] {
  if (api === undefined) return [];
  const unfit = unfitRequest(api, request);
  const rules = [...api.denies, ...api.allows];
  if (unfit !== undefined) {
    return rules.map(({ name, effect }) => ({ rule: name, effect, matched: false, because: unfit }));
  }
  const readings = readPath(request.path);
  return rules.map((rule) => considerRule(rule, groups, request, readings));
}

/** What policy never decides by rules, said in words: it is refused whatever the rules say. */
function unfitRequest(api: CompiledApi, { method, path }: PolicyRequest): string | undefined {
  if (method === 'CONNECT' || method === 'TRACE') return `${method} never passes the relay.`;
  const canonical = canonicalPath(path, { allowEncodedSlash: api.config.allow_encoded_slash });
  if (canonical.status === 'ok' && canonical.path === path) return undefined;
  return `The path isn’t in its canonical form. ${canonical.status === 'refused' ? canonical.detail : ''}`.trimEnd();
}

/** People without any access must not learn from an answer that a hidden API exists. */
function isHidden(api: CompiledApi, groups: ReadonlySet<string>): boolean {
  return api.config.when_locked === 'hide' && !isOpen(api, groups);
}

function unknownApi(id: string): Decision {
  return deny(null, `There is no API “${shorten(id)}” for your groups.`, []);
}

function deny(rule: string | null, reason: string, unlockedBy: readonly string[]): Decision {
  return { effect: 'deny', rule, reason, unlockedBy };
}

function forWhom(rule: CompiledRule, groups: ReadonlySet<string>): string {
  const held = rule.groups.find((group) => groups.has(group));
  return rule.everyone || held === undefined ? 'for everybody signed in' : `for the group ${held}`;
}

function unlockWords(groups: readonly string[]): string {
  if (groups.length === 0) return 'No group would unlock it.';
  if (groups.length === 1) return `The ${groupWords(groups).slice(4)} would unlock it.`;
  return `Any one of the groups ${listWords(groups, 'or')} would unlock it.`;
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

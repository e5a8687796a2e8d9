import { canonicalPath } from '../../shared/canonical-path.ts';
import { isOpen } from './catalog-entry.ts';
import type { CompiledApi } from './compile-api.ts';
import {
  type Caller,
  type CompiledRule,
  coversCaller,
  coversGroups,
  holdsNow,
  meetsConditions,
} from './compile-rule.ts';
import { considerRule } from './consider-rule.ts';
import type { ActiveGrant, ConsideredRule, Decision, PolicyContext, PolicyRequest } from './decision.ts';
import { readPath } from './path-readings.ts';
import type { RulesOfEachKind } from './rule-index.ts';
import { groupWords, listWords } from './rule-words.ts';

const nothing: RulesOfEachKind = { denies: [], allows: [] };

/** Decides one request to an API that there is. Pure. Grants can only add: they are looked at when all else says no. */
export function decideRequest(
  api: CompiledApi,
  caller: Caller,
  request: PolicyRequest,
  context: PolicyContext,
): Decision {
  const unfit = unfitRequest(api, request);
  const matching = unfit === undefined ? api.matching(request.method, readPath(request.path)) : nothing;
  const own = unfit === undefined ? decideByRules(api, matching, caller, request, context) : deny(null, unfit, []);
  if (own.effect === 'allow') return own;
  const grants = activeGrants(api, context);
  if (grants.length > 0 && !isDenied(matching, caller, context)) {
    const granted = decideByGrants(api, matching, caller, grants, request, context);
    if (granted !== undefined) return granted;
  }
  return isHidden(api, withGrants(caller, grants)) ? unknownApi(request.api) : own;
}

/** Each rule of the API with whether it holds for the request, deny rules first. */
export function considerRules(
  api: CompiledApi,
  caller: Caller,
  request: PolicyRequest,
  context: PolicyContext,
): readonly ConsideredRule[] {
  const unfit = unfitRequest(api, request);
  const rules = [...api.denies, ...api.allows];
  if (unfit !== undefined) {
    return rules.map(({ name, effect }) => ({ rule: name, effect, matched: false, because: unfit }));
  }
  const readings = readPath(request.path);
  const granted = withGrants(caller, activeGrants(api, context));
  return rules.map((rule) => considerRule(rule, granted, request, context, readings));
}

/** People without any access must not learn from an answer that a hidden API exists. */
export function isHidden(api: CompiledApi, caller: Caller): boolean {
  return api.config.when_locked === 'hide' && !isOpen(api, caller);
}

/** The answer for an API that there isn't, or that the caller may not know of. */
export function unknownApi(id: string): Decision {
  return deny(null, `There is no API “${shorten(id)}” for your groups.`, []);
}

/** The grants that count at this API now. */
export function activeGrants(api: CompiledApi, { grants, timeMs }: PolicyContext): readonly ActiveGrant[] {
  if (grants === undefined || grants.length === 0) return [];
  return grants.filter((grant) => (grant.api === null || grant.api === api.config.id) && timeMs < grant.expiresAtMs);
}

/** The caller as if in the groups of these grants too. */
export function withGrants(caller: Caller, grants: readonly ActiveGrant[]): Caller {
  if (grants.length === 0) return caller;
  return { subject: caller.subject, groups: new Set([...caller.groups, ...grants.map((grant) => grant.role)]) };
}

function decideByRules(
  api: CompiledApi,
  matching: RulesOfEachKind,
  caller: Caller,
  request: PolicyRequest,
  context: PolicyContext,
): Decision {
  const { groups, subject } = caller;
  for (const rule of matching.denies) {
    if (coversCaller(rule, caller) && holdsNow(rule, context)) {
      return deny(rule.name, `${rule.sentence} ${forWhom(rule, groups)}. A deny rule wins over every allow rule.`, []);
    }
  }
  let pending: CompiledRule | undefined;
  let elsewhere: CompiledRule | undefined;
  for (const rule of matching.allows) {
    if (!coversCaller(rule, caller)) continue;
    if (!holdsNow(rule, context)) elsewhere ??= rule;
    else if (rule.stepUp === null || rule.stepUp.isMetBy(subject, context.timeMs)) return allowBy(rule, groups);
    else pending ??= rule;
  }
  if (pending?.stepUp !== undefined && pending.stepUp !== null) {
    const { words, stepUp } = pending.stepUp;
    const verb = /^(?:GET|HEAD|OPTIONS)$/.test(request.method) ? 'Reading' : 'Writing to';
    const under = stepUp.path === undefined ? '' : ` under ${stepUp.path}`;
    const reason = `${verb} ${api.config.name}${under} needs ${words}.`;
    return { effect: 'deny', rule: pending.name, reason, unlockedBy: [], stepUp };
  }
  const unlockedBy = unlocking(matching, caller, context);
  const asked = `${request.method} ${shorten(request.path)}`;
  if (elsewhere !== undefined) {
    const when = listWords(elsewhere.situations.filter((one) => !one.holds(context)).map((one) => one.words));
    const reason = `${elsewhere.sentence} ${forWhom(elsewhere, groups)}, but only ${when}.`;
    return deny(null, unlockedBy.length === 0 ? reason : `${reason} ${unlockWords(unlockedBy)}`, unlockedBy);
  }
  const why =
    groups.size === 0
      ? `Your sign-in carries no groups, and no rule allows ${asked} for everybody.`
      : `No rule allows ${asked} for your groups.`;
  const other = unlockedBy.length > 0 ? undefined : matching.allows.find((rule) => coversGroups(rule, groups));
  const missing = other?.callerConditions.find((condition) => !condition.holds(subject));
  const hint = missing === undefined ? unlockWords(unlockedBy) : `Rule “${other?.name}” is for ${missing.words}.`;
  return deny(null, `${why} ${hint}`, unlockedBy);
}

/** Groups of which any one would allow exactly this request, now and without a fresh sign-in. */
function unlocking(matching: RulesOfEachKind, { subject }: Caller, context: PolicyContext): readonly string[] {
  const holds = (rule: CompiledRule): boolean =>
    rule.groups.length > 0 && meetsConditions(rule, subject) && holdsNow(rule, context);
  const barred = new Set(matching.denies.filter(holds).flatMap((rule) => rule.groups));
  const groups = matching.allows
    .filter((rule) => holds(rule) && (rule.stepUp === null || rule.stepUp.isMetBy(subject, context.timeMs)))
    .flatMap((rule) => rule.groups);
  return [...new Set(groups)].filter((group) => !barred.has(group));
}

function isDenied({ denies }: RulesOfEachKind, caller: Caller, context: PolicyContext): boolean {
  return denies.some((rule) => coversCaller(rule, caller) && holdsNow(rule, context));
}

/** The verdict as somebody in the granted roles; undefined when they make no difference. */
function decideByGrants(
  api: CompiledApi,
  matching: RulesOfEachKind,
  caller: Caller,
  grants: readonly ActiveGrant[],
  request: PolicyRequest,
  context: PolicyContext,
): Decision | undefined {
  let stepUp: Decision | undefined;
  for (const grant of grants) {
    const decision = decideByRules(api, matching, withGrants(caller, [grant]), request, context);
    const rule = `grant:${grant.id}`;
    const until = new Date(grant.expiresAtMs).toISOString();
    const reason = `Grant ${grant.id} of the role ${grant.role}, until ${until}, approved by ${grant.approvedBy}: ${decision.reason}`;
    if (decision.effect === 'allow') return { effect: 'allow', rule, reason, grant: grant.id };
    // Whoever has signed in afresh asks no more by which grant.
    if (decision.stepUp !== undefined) stepUp ??= decision;
  }
  return stepUp;
}

function allowBy(rule: CompiledRule, groups: ReadonlySet<string>): Decision {
  return { effect: 'allow', rule: rule.name, reason: `${rule.sentence} ${forWhom(rule, groups)}.` };
}

/** What policy never decides by rules, said in words: it is refused whatever the rules say. */
function unfitRequest(api: CompiledApi, { method, path }: PolicyRequest): string | undefined {
  if (method === 'CONNECT' || method === 'TRACE') return `${method} never passes the relay.`;
  const canonical = canonicalPath(path, { allow: api.pathForms });
  if (canonical.status === 'ok' && canonical.path === path) return undefined;
  return `The path isn’t in its canonical form. ${canonical.status === 'refused' ? canonical.detail : ''}`.trimEnd();
}

function deny(rule: string | null, reason: string, unlockedBy: readonly string[]): Decision {
  return { effect: 'deny', rule, reason, unlockedBy };
}

function forWhom(rule: CompiledRule, groups: ReadonlySet<string>): string {
  const held = rule.groups.find((group) => groups.has(group));
  const who = rule.everyone || held === undefined ? 'for everybody signed in' : `for the group ${held}`;
  const asked = [...rule.callerConditions, ...rule.situations].map(({ words }) => words);
  return asked.length === 0 ? who : `${who} (${asked.join('; ')})`;
}

function unlockWords(groups: readonly string[]): string {
  if (groups.length === 0) return 'No group would unlock it.';
  if (groups.length === 1) return `The ${groupWords(groups).slice(4)} would unlock it.`;
  return `Any one of the groups ${listWords(groups, 'or')} would unlock it.`;
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

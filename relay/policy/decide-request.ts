import { canonicalPath } from '../../shared/canonical-path.ts';
import { plainReason } from '../../shared/plain-reason.ts';
import { reason as sentence, type Reason } from '../../shared/reason.ts';
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
import { LazyReasons } from './lazy-reasons.ts';
import { grantReason, needsSignIn, ruleValues, situationReason, unlockReason } from './decision-reasons.ts';
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
  const own =
    unfit === undefined
      ? decideByRules(api, matching, caller, request, context)
      : deny(null, unfit.map(plainReason).join(' '), [], () => unfit);
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
    const because = unfit.map(plainReason).join(' ');
    return rules.map(({ name, effect }) => ({ rule: name, effect, matched: false, because }));
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
  const why = sentence('no-api-for-groups', { api: shorten(id) });
  return deny(null, plainReason(why), [], () => [why]);
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
      const reason = `${rule.sentence} ${forWhom(rule, groups)}. A deny rule wins over every allow rule.`;
      return deny(rule.name, reason, [], () => [sentence('rule-denies', ruleValues(rule, groups))]);
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
    const doing = verb === 'Reading' ? 'reading' : 'writing';
    const reasons = new LazyReasons(() => [needsSignIn(doing, api.config.name, stepUp)]);
    return { effect: 'deny', rule: pending.name, reason, reasons, unlockedBy: [], stepUp };
  }
  const unlockedBy = unlocking(matching, caller, context);
  const asked = `${request.method} ${shorten(request.path)}`;
  if (elsewhere !== undefined) {
    const rule = elsewhere;
    const unmet = rule.situations.filter((one) => !one.holds(context));
    const when = listWords(unmet.map((one) => one.words));
    const reason = `${rule.sentence} ${forWhom(rule, groups)}, but only ${when}.`;
    const only = () =>
      sentence('rule-allows-only', { ...ruleValues(rule, groups), when: { and: unmet.map(situationReason) } });
    return unlockedBy.length === 0
      ? deny(null, reason, unlockedBy, () => [only()])
      : deny(null, `${reason} ${unlockWords(unlockedBy)}`, unlockedBy, () => [only(), unlockReason(unlockedBy)]);
  }
  const why =
    groups.size === 0
      ? `Your sign-in carries no groups, and no rule allows ${asked} for everybody.`
      : `No rule allows ${asked} for your groups.`;
  const other = unlockedBy.length > 0 ? undefined : matching.allows.find((rule) => coversGroups(rule, groups));
  const missing = other?.callerConditions.find((condition) => !condition.holds(subject));
  const hint = missing === undefined ? unlockWords(unlockedBy) : `Rule “${other?.name}” is for ${missing.words}.`;
  return deny(null, `${why} ${hint}`, unlockedBy, () => [
    sentence(groups.size === 0 ? 'sign-in-without-groups' : 'no-rule', { request: asked }),
    missing === undefined || other === undefined
      ? unlockReason(unlockedBy)
      : sentence('rule-is-for', { rule: other.name, whom: { and: [missing.reason()] } }),
  ]);
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
    if (decision.effect === 'allow') {
      const reasons = new LazyReasons(() => [grantReason(grant), ...(decision.reasons?.list() ?? [])]);
      return { effect: 'allow', rule, reason, reasons, grant: grant.id };
    }
    // Whoever has signed in afresh asks no more by which grant.
    if (decision.stepUp !== undefined) stepUp ??= decision;
  }
  return stepUp;
}

function allowBy(rule: CompiledRule, groups: ReadonlySet<string>): Decision {
  return {
    effect: 'allow',
    rule: rule.name,
    reason: `${rule.sentence} ${forWhom(rule, groups)}.`,
    reasons: new LazyReasons(() => [sentence('rule-allows', ruleValues(rule, groups))]),
  };
}

/** What policy never decides by rules: it is refused whatever the rules say. */
function unfitRequest(api: CompiledApi, { method, path }: PolicyRequest): readonly Reason[] | undefined {
  if (method === 'CONNECT' || method === 'TRACE') return [sentence('method-never', { method })];
  const canonical = canonicalPath(path, { allow: api.pathForms });
  if (canonical.status === 'ok' && canonical.path === path) return undefined;
  return [sentence('not-canonical'), ...(canonical.status === 'refused' ? [sentence(canonical.fault)] : [])];
}

function deny(
  rule: string | null,
  reason: string,
  unlockedBy: readonly string[],
  make: () => readonly Reason[],
): Decision {
  return { effect: 'deny', rule, reason, reasons: new LazyReasons(make), unlockedBy };
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

import type { CatalogEntry, Permission } from '../../shared/catalog.ts';
import { lookOf } from '../config/look-schema.ts';
import type { CompiledApi } from './compile-api.ts';
import {
  type Caller,
  type CompiledRule,
  coversCaller,
  coversGroups,
  coversRule,
  levelLeft,
  meetsConditions,
} from './compile-rule.ts';
import { gerundWords, groupWords, objectWords, ruleSubject, subjectWord, verbWords } from './rule-words.ts';

/**
 * Whether rules allow the caller anything at all. A rule that asks for a time, a place, a device or a fresh sign-in
 * counts for access; a deny rule that does doesn't count against it, because it may not hold in a moment.
 */
export function isOpen(api: CompiledApi, caller: Caller): boolean {
  const denies = steadyDenies(api, caller);
  return api.allows.some((rule) => coversCaller(rule, caller) && levelLeft(rule, denies) !== 'none');
}

/** Entries that were made before: for one API, people differ only in which of its rules speak of them. */
type EntryCache = Map<string, CatalogEntry | undefined>;
const maxCachedEntries = 32;

/** What the caller sees of an API, in words; undefined when it is locked and hidden. */
export function catalogEntryFor(
  api: CompiledApi,
  caller: Caller,
  cache: EntryCache,
  disclose: 'full' | 'minimal',
): CatalogEntry | undefined {
  const key = keyOf(api, caller);
  if (cache.has(key)) return cache.get(key);
  const entry = makeEntry(api, caller, disclose);
  if (cache.size >= maxCachedEntries) cache.clear();
  cache.set(key, entry);
  return entry;
}

/** One character a rule: all of a caller that an entry depends on. */
function keyOf(api: CompiledApi, caller: Caller): string {
  let key = '';
  for (const rule of [...api.allows, ...api.denies]) {
    const bits = (coversGroups(rule, caller.groups) ? 1 : 0) + (meetsConditions(rule, caller.subject) ? 2 : 0);
    key += String(bits + (needsStepUp(rule, caller) ? 4 : 0));
  }
  return key;
}

function makeEntry(api: CompiledApi, caller: Caller, disclose: 'full' | 'minimal'): CatalogEntry | undefined {
  const { config } = api;
  const denies = steadyDenies(api, caller);
  const levels = api.allows.map((rule) => (coversCaller(rule, caller) ? levelLeft(rule, denies) : 'none'));
  const level = highest(levels);
  if (level === 'none' && config.when_locked === 'hide') return undefined;

  const held = api.allows.filter((_rule, index) => levels[index] !== 'none');
  const missing = api.allows.flatMap((rule) => {
    if (coversCaller(rule, caller) || held.some((other) => isSteady(other) && coversRule(other, rule))) return [];
    const unlockedBy = meetsConditions(rule, caller.subject) ? unlocking(api, caller, denies, rule) : [];
    return unlockedBy.length > 0 ? [{ rule, unlockedBy }] : [];
  });
  const barring = api.denies.filter((rule) => coversCaller(rule, caller));
  const asks = held.filter((rule) => needsStepUp(rule, caller));
  const calm = highest(levels.filter((_level, index) => !asks.includes(api.allows[index] as CompiledRule)));
  const permissions: Permission[] = [
    ...held.map((rule) => allowed(rule, caller)),
    ...(held.length === 0 ? [] : barring).map((rule) => permission('deny', rule, denyText(rule), [])),
    ...(disclose === 'minimal' ? [] : missing).map(({ rule, unlockedBy }) =>
      permission('deny', rule, missingText(rule, unlockedBy), unlockedBy),
    ),
  ];
  const look = lookOf(config);
  const tellsUnlocking = level === 'none' && disclose === 'full';
  return {
    id: config.id,
    name: config.name,
    description: config.description,
    ...(look === undefined ? {} : { look }),
    access: level === 'none' ? 'locked' : 'open',
    level,
    unlockedBy: tellsUnlocking ? [...new Set(missing.flatMap(({ unlockedBy }) => unlockedBy))] : [],
    permissions,
    ...(calm === level ? {} : { stepUpFor: calm === 'read' ? 'write' : 'everything' }),
    ...(config.port === undefined ? {} : { suggestedPort: config.port }),
    ...(config.access_requests === undefined ? {} : { requestable: requestable(config.access_requests) }),
    examplePath: config.example_path,
    ...(config.owner === undefined ? {} : { owner: config.owner }),
    allowedOrigins: config.allowed_origins,
  };
}

function requestable(requests: { readonly roles: readonly string[]; readonly max_hours: number }) {
  return requests.roles.map((role) => ({ role, maxHours: requests.max_hours }));
}

function highest(levels: readonly CatalogEntry['level'][]): CatalogEntry['level'] {
  return levels.includes('read-write') ? 'read-write' : levels.includes('read') ? 'read' : 'none';
}

/** Deny rules that always hold for the caller. */
function steadyDenies(api: CompiledApi, caller: Caller): readonly CompiledRule[] {
  return api.denies.filter((rule) => rule.situations.length === 0 && coversCaller(rule, caller));
}

function isSteady(rule: CompiledRule): boolean {
  return rule.situations.length === 0 && rule.stepUp === null;
}

/** Whether the rule may ask this caller to sign in again: a sign-in ages, but its kind stays. */
function needsStepUp({ stepUp }: CompiledRule, { subject }: Caller): boolean {
  return stepUp !== null && (stepUp.ages || !stepUp.isMetBy(subject, 0));
}

/** Groups of which any one gives something of an allow rule, in spite of the deny rules that hold then. */
function unlocking(api: CompiledApi, caller: Caller, denies: readonly CompiledRule[], rule: CompiledRule): string[] {
  const level = levelLeft(rule, denies);
  return [...new Set(rule.groups)].filter((group) => {
    const joined = api.denies.filter(
      (deny) => deny.groups.includes(group) && deny.situations.length === 0 && meetsConditions(deny, caller.subject),
    );
    return (joined.length === 0 ? level : levelLeft(rule, [...denies, ...joined])) !== 'none';
  });
}

function allowed(rule: CompiledRule, caller: Caller): Permission {
  const when = rule.situations.map(({ words }) => words).join(', ');
  const text = when === '' ? allowText(rule) : `${allowText(rule)}, only ${when}`;
  const { stepUp } = rule;
  if (stepUp === null || !needsStepUp(rule, caller)) return permission('allow', rule, text, []);
  const verbs = verbWords(rule.methods, sources(rule)).toLowerCase();
  return {
    ...permission('allow', rule, `${text} (sign in again to ${verbs})`, []),
    stepUp: stepUp.stepUp,
  };
}

function permission(effect: 'allow' | 'deny', rule: CompiledRule, text: string, unlockedBy: string[]): Permission {
  const plain = rule.description === undefined && rule.situations.length === 0;
  const about = plain ? { about: ruleSubject(rule.methods, sources(rule)) } : {};
  return { effect, text, ...about, rule: rule.name, unlockedBy };
}

function sources(rule: CompiledRule): readonly string[] {
  return rule.patterns.map((pattern) => pattern.source);
}

function allowText(rule: CompiledRule): string {
  return rule.description ?? `${verbWords(rule.methods, sources(rule))} ${objectWords(sources(rule))}`;
}

function denyText(rule: CompiledRule): string {
  if (rule.description !== undefined) return rule.description;
  const anything = objectWords(sources(rule), 'anything');
  const when = rule.situations.map(({ words }) => ` ${words}`).join(',');
  if (rule.methods === null) return `No access to ${anything}${when}`;
  return `${gerundWords(rule.methods, sources(rule))} ${anything} isn’t allowed${when}`;
}

function missingText(rule: CompiledRule, unlockedBy: readonly string[]): string {
  const needed = groupWords(unlockedBy);
  if (rule.description !== undefined) return `${rule.description} (needs ${needed})`;
  const subject = subjectWord(sources(rule));
  if (subject !== undefined && rule.methods === null) {
    return `${subject} ${subject.endsWith('s') ? 'need' : 'needs'} ${needed}`;
  }
  return `${gerundWords(rule.methods, sources(rule))} ${objectWords(sources(rule))} needs ${needed}`;
}

import type { CatalogEntry, Permission } from '../../shared/catalog.ts';
import type { CompiledApi } from './compile-api.ts';
import { type CompiledRule, coversGroups, coversRule, levelLeft } from './compile-rule.ts';
import { gerundWords, groupWords, objectWords, subjectWord, verbWords } from './rule-words.ts';

/** Whether rules allow anything at all to somebody with these groups. */
export function isOpen(api: CompiledApi, groups: ReadonlySet<string>): boolean {
  const denies = api.denies.filter((rule) => coversGroups(rule, groups));
  return api.allows.some((rule) => coversGroups(rule, groups) && levelLeft(rule, denies) !== 'none');
}

/** Entries that were made before: for one API, people differ only in the groups that its rules name. */
type EntryCache = Map<string, CatalogEntry | undefined>;
const maxCachedEntries = 32;

/** What somebody with these groups sees of an API, in words; undefined when it is locked and hidden. */
export function catalogEntryFor(
  api: CompiledApi,
  groups: ReadonlySet<string>,
  cache: EntryCache,
): CatalogEntry | undefined {
  const key = JSON.stringify(api.groups.filter((group) => groups.has(group)));
  if (cache.has(key)) return cache.get(key);
  const entry = makeEntry(api, groups);
  if (cache.size >= maxCachedEntries) cache.clear();
  cache.set(key, entry);
  return entry;
}

function makeEntry(api: CompiledApi, groups: ReadonlySet<string>): CatalogEntry | undefined {
  const { config } = api;
  const denies = api.denies.filter((rule) => coversGroups(rule, groups));
  const levels = api.allows.map((rule) => (coversGroups(rule, groups) ? levelLeft(rule, denies) : 'none'));
  const level = levels.includes('read-write') ? 'read-write' : levels.includes('read') ? 'read' : 'none';
  if (level === 'none' && config.when_locked === 'hide') return undefined;

  const held = api.allows.filter((_rule, index) => levels[index] !== 'none');
  const missing = api.allows.flatMap((rule) => {
    if (coversGroups(rule, groups) || held.some((other) => coversRule(other, rule))) return [];
    const unlockedBy = unlocking(api, denies, rule);
    return unlockedBy.length > 0 ? [{ rule, unlockedBy }] : [];
  });
  const permissions: Permission[] = [
    ...held.map((rule) => permission('allow', rule, allowText(rule), [])),
    ...(held.length === 0 ? [] : denies).map((rule) => permission('deny', rule, denyText(rule), [])),
    ...missing.map(({ rule, unlockedBy }) => permission('deny', rule, missingText(rule, unlockedBy), unlockedBy)),
  ];
  return {
    id: config.id,
    name: config.name,
    description: config.description,
    access: level === 'none' ? 'locked' : 'open',
    level,
    unlockedBy: level === 'none' ? [...new Set(missing.flatMap(({ unlockedBy }) => unlockedBy))] : [],
    permissions,
    ...(config.port === undefined ? {} : { suggestedPort: config.port }),
    examplePath: config.example_path,
    ...(config.owner === undefined ? {} : { owner: config.owner }),
    allowedOrigins: config.allowed_origins,
  };
}

/** Groups of which any one gives something of an allow rule, in spite of the deny rules that hold then. */
function unlocking(api: CompiledApi, denies: readonly CompiledRule[], rule: CompiledRule): string[] {
  const level = levelLeft(rule, denies);
  return [...new Set(rule.groups)].filter((group) => {
    const joined = api.denies.filter((deny) => deny.groups.includes(group));
    return (joined.length === 0 ? level : levelLeft(rule, [...denies, ...joined])) !== 'none';
  });
}

function permission(effect: 'allow' | 'deny', rule: CompiledRule, text: string, unlockedBy: string[]): Permission {
  return { effect, text, rule: rule.name, unlockedBy };
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
  if (rule.methods === null) return `No access to ${anything}`;
  return `${gerundWords(rule.methods, sources(rule))} ${anything} isn’t allowed`;
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

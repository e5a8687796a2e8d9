import type { Catalog, CatalogEntry } from '../../../shared/catalog.ts';
import { de } from '../../../shared/messages/de.ts';
import { en } from '../../../shared/messages/en.ts';
import type { ProfileSnapshot } from '../../../shared/snapshot.ts';
import { de as uiDe } from '../../../ui/messages/de.ts';
import { en as uiEn } from '../../../ui/messages/en.ts';
import type { PreviewState } from './preview-state.ts';
import { largeCatalog } from './sample-catalog.ts';

/** What the same state may be filled with: as it is, in German, with names from the right, among 2,000 APIs. */
export const namings = ['normal', 'german', 'right-to-left', '2000-apis'] as const;
export type Naming = (typeof namings)[number];

/** A state filled in one of these ways, and how something is called there by its name in the state as it was. */
export interface NamedState {
  readonly state: PreviewState;
  readonly nameIn: (name: string | RegExp) => string | RegExp;
}

/** Fills a state; null where it is about names, languages or numbers itself. */
export function named(state: PreviewState, naming: Naming): NamedState | null {
  if (naming === 'normal') return { state, nameIn: (name) => name };
  if (/^long-names|^names-from|^german|^apis-(?:200|large)/.test(state.name)) return null;
  switch (naming) {
    case 'german':
      return { state: inGerman(state), nameIn: germanName };
    case 'right-to-left':
      return {
        state: withProfiles(state, fromTheRight),
        nameIn: (name) => (typeof name === 'string' ? rightName(name) : new RegExp(rightName(name.source))),
      };
    case '2000-apis':
      // What is locked stands at the end of the list, which isn’t in the page before somebody scrolls there.
      if (state.steps.some((step) => 'name' in step && /^(?:Ask for access to )?Payroll$/.test(String(step.name))))
        return null;
      return { state: withProfiles(state, amongMany), nameIn: (name) => name };
  }
}

function inGerman(state: PreviewState): PreviewState {
  const { snapshot } = state;
  const settings = snapshot === null ? null : { ...snapshot.settings, language: 'de' as const };
  return {
    ...state,
    shows: '',
    snapshot: snapshot === null || settings === null ? null : { ...snapshot, settings },
  };
}

const english = Object.entries({ ...en, ...uiEn });
const german: Readonly<Record<string, string>> = { ...de, ...uiDe };

/** Whatever is called so in English, by every message that it may come from. */
export function germanName(name: string | RegExp): RegExp {
  if (typeof name !== 'string') return germanBeginning(name);
  const found = english.flatMap(([id, message]) => {
    const values = valuesIn(message, name);
    return values === null ? [] : [filled(german[id] ?? '', values)];
  });
  return new RegExp(`^(?:${[name, ...found].map(literally).join('|')})$`);
}

/** A pattern for what begins so in English: it may begin with the fixed part of any message of that beginning. */
function germanBeginning({ source }: RegExp): RegExp {
  const wanted = source.replace(/^\^/, '');
  const found = english.flatMap(([id, message]) => {
    const fixed = fixedBeginning(message);
    const isMeant = fixed.trim().length > 3 && (fixed.startsWith(wanted) || wanted.startsWith(fixed));
    const other = fixedBeginning(german[id] ?? '').trim();
    return isMeant && other.length > 3 ? [`^${literally(other)}`] : [];
  });
  return new RegExp([source, ...found].join('|'));
}

/** What a message says before its first value; of a plural, the beginning of its last branch. */
function fixedBeginning(message: string): string {
  const plural = /^\{\w+, plural,.*other \{([^{}#]*)/.exec(message);
  return plural?.[1] ?? message.split('{')[0] ?? '';
}

/** The values with which a message says a text; null when it never does. */
function valuesIn(message: string, said: string): Readonly<Record<string, string>> | null {
  const fixed = message.replaceAll(/\{[^}]*\}/g, '');
  if (/\{\w+,/.test(message) || fixed.trim().length < 3) return null;
  const pattern = message
    .split(/(\{\w+\})/)
    .map((part) => (/^\{\w+\}$/.test(part) ? '(.+)' : literally(part)))
    .join('');
  const names = [...message.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const found = new RegExp(`^${pattern}$`).exec(said);
  return found === null ? null : Object.fromEntries(names.map((name, index) => [name, found[index + 1] ?? '']));
}

function filled(message: string, values: Readonly<Record<string, string>>): string {
  return message.replaceAll(/\{(\w+)\}/g, (_all, name: string) => values[name] ?? '');
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}

const rightNames: readonly (readonly [string, string])[] = [
  ['Orders', 'خدمة الطلبات'],
  ['Inventory', 'שירות המלאי הארצי'],
  ['Shipping events', 'أحداث الشحن'],
  ['Feature flags', 'דגלי תכונות'],
  ['Deployments', 'عمليات النشر'],
  ['Payroll', 'الرواتب'],
  ['Alice Moreau', 'نور الهاشمي'],
  ['Alice', 'نور'],
  ['Acme', 'شركة المثال'],
];

function rightName(name: string): string {
  return rightNames.reduce((so, [from, to]) => so.replaceAll(from, to), name);
}

function fromTheRight(profile: ProfileSnapshot): ProfileSnapshot {
  const renamed = withApis(profile, (catalog) => ({
    ...catalog,
    person: { ...catalog.person, name: rightName(catalog.person.name) },
    apis: catalog.apis.map((api): CatalogEntry => ({ ...api, name: rightName(api.name) })),
  }));
  return { ...renamed, relayName: rightName(profile.relayName) };
}

const manyApis = 2000;

function amongMany(profile: ProfileSnapshot): ProfileSnapshot {
  return withApis(profile, (catalog) =>
    catalog.apis.length === 0
      ? catalog
      : { ...catalog, apis: [...catalog.apis, ...largeCatalog(manyApis - catalog.apis.length).apis] },
  );
}

function withApis(profile: ProfileSnapshot, change: (catalog: Catalog) => Catalog): ProfileSnapshot {
  const { catalog } = profile;
  return catalog.status === 'ready'
    ? { ...profile, catalog: { ...catalog, catalog: change(catalog.catalog) } }
    : profile;
}

function withProfiles(state: PreviewState, change: (profile: ProfileSnapshot) => ProfileSnapshot): PreviewState {
  const { snapshot } = state;
  return {
    ...state,
    shows: '',
    snapshot: snapshot === null ? null : { ...snapshot, profiles: snapshot.profiles.map(change) },
  };
}

import { distance } from 'fastest-levenshtein';
import { AccessError } from '../../../shared/errors.ts';
import { breakGlassGroup } from '../../config/break-glass-issuer.ts';
import type { AuditReader } from './audit-reader.ts';
import type { AuditFilters } from './audit-query.ts';
import { type SearchField } from './record-terms.ts';

/** Names that a config knows, recorded or not. */
export interface ConfiguredNames {
  readonly apis: readonly string[];
  readonly rules: readonly string[];
}

const noNames: ConfiguredNames = { apis: [], rules: [] };

/** Fields whose values are names, and what such a name is called. */
const named = {
  user: 'a person',
  group: 'a group',
  api: 'an API',
  rule: 'a rule',
  code: 'a code',
  session: 'a session',
  device: 'a device',
  grant: 'a grant',
  request: 'a request',
} as const satisfies Partial<Record<SearchField, string>>;

/** Names that records have. */
export interface RecordedNames {
  isRecorded(field: SearchField, value: string): Promise<boolean>;
  values(field: SearchField): Promise<Iterable<string>>;
}

/**
 * Refuses a name that no record has and no config knows: whoever mistypes one must not read that nothing happened.
 * @throws AccessError `bad-input`, with the names that come near
 */
export async function requireNames(
  filters: AuditFilters,
  configured: ConfiguredNames | undefined,
  recorded: RecordedNames,
): Promise<void> {
  const { apis, rules } = configured ?? noNames;
  for (const field of Object.keys(named) as (keyof typeof named)[]) {
    const value = filters[field];
    if (value === undefined) continue;
    const inConfig = { api: apis, rule: rules, group: [breakGlassGroup] }[field as string] ?? [];
    if (inConfig.includes(value) || (await recorded.isRecorded(field, value))) continue;
    const near = field === 'request' ? [] : nearest(value, [...inConfig, ...(await recorded.values(field))]);
    const hint = near.length === 0 ? '' : ` Near it: ${near.map((name) => `“${name}”`).join(', ')}.`;
    throw new AccessError('bad-input', `No record of this audit names ${named[field]} “${value}”.${hint}`);
  }
}

/** Names in the records of a data folder. */
export function namesInFolder({ index }: AuditReader): RecordedNames {
  return {
    isRecorded: async (field, value) => someSegment(index, (segment) => segment.find(field, value) !== null),
    async values(field) {
      const names = new Set<string>();
      someSegment(index, (segment) => {
        for (const name of segment.values(field)) names.add(name);
        return false;
      });
      return names;
    },
  };
}

type Index = AuditReader['index'];

function someSegment(index: Index, isIt: (segment: ReturnType<Index['segment']>) => boolean): boolean {
  if (index.range === null) return false;
  for (let number = index.range.last; number >= index.range.first; number -= 1) {
    const segment = index.segment(number);
    try {
      if (isIt(segment)) return true;
    } finally {
      segment.close();
    }
  }
  return false;
}

/** Up to three names that a slip or two away is the given one. */
function nearest(value: string, names: Iterable<string>): readonly string[] {
  const wanted = value.toLowerCase();
  const atMost = Math.max(1, Math.floor(wanted.length / 3));
  return [...new Set(names)]
    .map((name) => ({ name, away: distance(wanted, name.toLowerCase()) }))
    .filter(({ away }) => away <= atMost)
    .toSorted((a, b) => a.away - b.away || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
}

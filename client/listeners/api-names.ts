import type { ProfileRecord } from '../../shared/settings.ts';

type Named = Pick<ProfileRecord, 'relayUrl' | 'relayName' | 'account' | 'ports' | 'label' | 'localNames'>;

/** Other profiles: those that are kept before this one, and those after it. */
export interface OtherProfiles {
  readonly before: readonly Named[];
  readonly after: readonly Named[];
}

/** What an API is called below `localhost`: the name that is shown, and all that it answers to. */
export interface ApiNames {
  readonly shown: string;
  readonly all: readonly string[];
}

/** The names that a profile's API has; `<api>.<relay>.localhost` leads there always, `<api>.localhost` if nobody had it before. */
export function apiNames(api: string, { label, localNames }: Pick<ProfileRecord, 'label' | 'localNames'>): ApiNames {
  const short = `${api}.localhost`;
  if (label === undefined) return { shown: short, all: [short] };
  const full = `${api}.${label}.localhost`;
  return localNames?.[api] === 'full' ? { shown: full, all: [full] } : { shown: short, all: [short, full] };
}

/**
 * What a profile remembers of names when an API is connected: its own part of them, once, and whether the short name is
 * this profile's. Whoever had the short name first keeps it, and nobody gets another's later, so that no tool reaches
 * another relay or account by an address that it was given. Null when nothing changes. Pure.
 */
export function claimNames(
  api: string,
  record: Named,
  others: OtherProfiles,
): Pick<ProfileRecord, 'label' | 'localNames'> | null {
  const label = record.label ?? freeLabel(record, [...others.before, ...others.after]);
  const known = record.localNames?.[api];
  if (known !== undefined && record.label !== undefined) return null;
  const rivals = holdsShort(record, api) ? others.before : [...others.before, ...others.after];
  const isTaken = rivals.some((other) => holdsShort(other, api));
  return { label, localNames: { ...record.localNames, [api]: known ?? (isTaken ? 'full' : 'short') } };
}

/** Before names were remembered, whoever had a port had the name. */
function holdsShort({ localNames, ports }: Named, api: string): boolean {
  const known = localNames?.[api];
  return known === undefined ? ports[api] !== undefined : known === 'short';
}

function freeLabel(record: Named, others: readonly Named[]): string {
  const taken = new Set(others.map(({ label }) => label));
  const name = slug(record.relayName) || slug(new URL(record.relayUrl).hostname.split('.')[0] ?? '') || 'relay';
  const person = slug(record.account?.split('@')[0] ?? '');
  const wanted = [name, ...(person === '' ? [] : [`${name}-${person}`])];
  for (let count = 2; ; count += 1) {
    const free = wanted.find((label) => !taken.has(label));
    if (free !== undefined) return free;
    wanted.push(`${name}-${count}`);
  }
}

const longest = 24;

/** A DNS label’s letters, digits and hyphens; empty where a name has none of them. */
function slug(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, longest)
    .replaceAll(/^-+|-+$/g, '');
}

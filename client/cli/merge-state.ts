import { maxRecentRelays, type PersistedState } from '../profile/core-options.ts';

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Three-way merge: what this process changed since `base` is its own, everything else is as it stands. */
function merge(base: unknown, mine: unknown, theirs: unknown): unknown {
  if (isSame(base, mine)) return theirs;
  if (isSame(base, theirs) || !isFields(mine) || !isFields(theirs)) return mine;
  const before = isFields(base) ? base : {};
  const names = new Set([...Object.keys(mine), ...Object.keys(theirs)]);
  const merged = [...names].map((name) => [name, merge(before[name], mine[name], theirs[name])] as const);
  return Object.fromEntries(merged.filter(([, value]) => value !== undefined));
}

const byId = ({ profiles, ...rest }: PersistedState) => ({
  ...rest,
  profiles: Object.fromEntries(profiles.map((profile) => [profile.id, profile])),
});

/**
 * The state after two processes changed it: `base` is what this one last read or wrote, `mine` what it wants to write,
 * `theirs` what stands in the file. Relays are merged field by field, so that two sign-ins at once both stay.
 */
export function mergeState(base: PersistedState, mine: PersistedState, theirs: PersistedState): PersistedState {
  const merged = merge(byId(base), byId(mine), byId(theirs)) as ReturnType<typeof byId>;
  const urls = new Set([...mine.recentRelayUrls, ...theirs.recentRelayUrls]);
  return {
    ...merged,
    profiles: Object.values(merged.profiles),
    recentRelayUrls: [...urls].slice(0, maxRecentRelays),
  };
}

import type { Snapshot } from './snapshot.ts';

/** What has changed in a state of plain data: keys that are new or others, keys that are gone, and parts changed inside. */
export interface StatePatch {
  readonly set?: Readonly<Record<string, unknown>>;
  readonly unset?: readonly string[];
  readonly in?: Readonly<Record<string, StatePatch>>;
}

/** A state and its place among those that the window was sent. */
export interface StateAt {
  readonly sequence: number;
  readonly snapshot: Snapshot;
}

/** What leads to the next state; a window that has another one than `sequence - 1` reads the whole state again. */
export interface StateStep {
  readonly sequence: number;
  readonly patch: StatePatch;
}

type Part = Readonly<Record<string, unknown>>;

/** The way from one state to another, as small as keys allow; null when there is none. Parts that are identical cost nothing. */
export function diffState(before: object, after: object): StatePatch | null {
  const [old, next] = [before as Part, after as Part];
  const set: Record<string, unknown> = {};
  const inside: Record<string, StatePatch> = {};
  for (const [key, value] of Object.entries(next)) {
    const known = old[key];
    if (Object.is(known, value)) continue;
    if (!isSameKind(known, value) || !Object.hasOwn(old, key)) {
      set[key] = value;
      continue;
    }
    const patch = diffState(known, value as object);
    if (patch !== null) inside[key] = patch;
  }
  const unset = Object.keys(old).filter((key) => !Object.hasOwn(next, key));
  const patch: StatePatch = {
    ...(isEmpty(set) ? {} : { set }),
    ...(unset.length === 0 ? {} : { unset }),
    ...(isEmpty(inside) ? {} : { in: inside }),
  };
  return isEmpty(patch) ? null : patch;
}

/** The state after a patch of `diffState`; every part that it doesn't touch stays the same object. */
export function applyPatch<State extends object>(state: State, { set, unset, in: inside }: StatePatch): State {
  const next = (Array.isArray(state) ? [...(state as unknown[])] : { ...state }) as Record<string, unknown>;
  for (const key of unset ?? []) delete next[key];
  for (const [key, value] of Object.entries(set ?? {})) next[key] = value;
  for (const [key, patch] of Object.entries(inside ?? {})) next[key] = applyPatch(next[key] as object, patch);
  return next as State;
}

/** Whether both can be gone into: two objects, or two lists of one length. A list that grew or shrank is sent whole. */
function isSameKind(before: unknown, after: unknown): before is object {
  if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null) return false;
  if (Array.isArray(before) || Array.isArray(after))
    return Array.isArray(before) && Array.isArray(after) && before.length === after.length;
  return true;
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}

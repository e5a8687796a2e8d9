import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { withinGrace } from './grace.ts';
import { goodEntriesOf, isAt, onlyUsable } from './last-good.ts';
import type { GoodEntries, PolicyDocument } from './judge-policy.ts';
import { fillsIn, restrictions } from './harmless-entries.ts';

/** What held of a place, and since when, by the calendar, all of it or some of its keys have been missed. */
export interface KeptEntries extends GoodEntries {
  readonly missedAtMs?: number | undefined;
}

/** What held of each place when a program last looked, for the next start. */
export interface KeptPolicy {
  /** Nothing where there is none, or what is there can’t be used. */
  load(): readonly KeptEntries[];
  /** Whether it could be kept is nobody’s concern: without it, the next start is as the first. */
  save(kept: readonly KeptEntries[]): void;
}

/** Its name in a state folder. */
export const keptPolicyName = 'managed-policy.json';

const schema = z.array(
  z.object({
    source: z.object({ scope: z.enum(['machine', 'user']), place: z.string() }),
    entries: z.record(z.string(), z.unknown()),
    missedAtMs: z.number().optional(),
  }),
);

/** Keeps it in a file of the person’s, who can change it and gains nothing: see {@link withKept}. */
export function keptPolicyFile(path: string): KeptPolicy {
  return {
    load() {
      try {
        const kept = schema.parse(JSON.parse(readFileSync(path, 'utf8')));
        return onlyUsable(kept).map((good, index) => withMissed(good, kept[index]?.missedAtMs));
      } catch {
        return [];
      }
    },
    save(kept) {
      const fresh = `${path}.${process.pid}`;
      try {
        writeFileSync(fresh, JSON.stringify(kept), { mode: 0o600 });
        renameSync(fresh, path);
      } catch {
        rmSync(fresh, { force: true });
      }
    },
  };
}

/**
 * Documents with what an earlier run has kept, which the person could have written, so that it only ever restricts, or says
 * what nothing that can be read does: of a place that can’t be used at all now; and for a moment what restricts of what is
 * gone, as group policy deletes what it writes anew. Pure.
 * @param documents what can be read now, and what holds of this run
 * @param order what was kept at the start, the strongest last
 * @returns also what is to be kept on
 */
export function withKept(
  documents: readonly PolicyDocument[],
  kept: readonly KeptEntries[],
  { order, ...grace }: { readonly order: readonly GoodEntries[]; readonly nowMs: number; readonly graceMs: number },
): { readonly documents: readonly PolicyDocument[]; readonly left: readonly KeptEntries[] } {
  if (kept.length === 0) return { documents, left: [] };
  const { nowMs, graceMs } = grace;
  const present = new Map(goodEntriesOf(documents).map(({ source, entries }) => [source.place, entries]));
  const refusedAt = (place: string): boolean =>
    documents.some((one) => one.status === 'refused' && isAt(place, one.problem.place));
  const left = kept.flatMap((one): readonly KeptEntries[] => {
    const { source, entries, missedAtMs = nowMs } = one;
    const there = present.get(source.place);
    if (refusedAt(source.place)) return there === undefined ? [withMissed(one, undefined)] : [];
    const read = documents.find((document) => document.status === 'read' && document.source.place === source.place);
    const isThere = (key: string): boolean => read?.status === 'read' && Object.hasOwn(read.entries, key);
    const gone = Object.fromEntries(Object.entries(entries).filter(([key]) => !isThere(key)));
    // A clock that was set back prolongs nothing.
    const isOver = nowMs < missedAtMs || nowMs - missedAtMs >= graceMs;
    return isOver || Object.keys(gone).length === 0 ? [] : [withMissed({ source, entries: gone }, missedAtMs)];
  });
  const gone = left.filter(({ source }) => !refusedAt(source.place));
  const restricted = withinGrace(documents, inOrder(order, restrictions(gone, documents)), new Map(), grace);
  const unusable = left.filter(({ source }) => refusedAt(source.place));
  return { documents: withUnusable(restricted.documents, unusable, documents), left };
}

/** What is kept of places that can’t be used: what restricts where it stood, all else as the weakest. */
function withUnusable(
  documents: readonly PolicyDocument[],
  kept: readonly KeptEntries[],
  readable: readonly PolicyDocument[],
): readonly PolicyDocument[] {
  const fills = fillsIn(kept, readable);
  const strict = restrictions(kept, readable);
  const at = (entries: readonly GoodEntries[], place: string): readonly GoodEntries[] =>
    entries.filter(({ source }) => isAt(source.place, place));
  const weakest = fills.map((good): PolicyDocument => ({ status: 'read', ...good }));
  return [
    ...weakest,
    ...documents.map((document): PolicyDocument => {
      if (document.status === 'read') return document;
      const { problem } = document;
      const held = [...(document.held ?? []), ...at(strict, problem.place)];
      if (held.length === 0 && at(fills, problem.place).length === 0) return document;
      return { ...document, problem: { ...problem, holds: 'earlier' }, held };
    }),
  ];
}

/** Among all that there was, so that what was weaker stays so. */
function inOrder(all: readonly GoodEntries[], some: readonly GoodEntries[]): readonly GoodEntries[] {
  return all.map(({ source }) => some.find((one) => one.source.place === source.place) ?? { source, entries: {} });
}

/** What is to be kept for the next start: what holds of this run, and what is left of runs before, the strongest last. */
export function toKeep(good: readonly GoodEntries[], left: readonly KeptEntries[]): readonly KeptEntries[] {
  const result: KeptEntries[] = [...good];
  for (const [order, one] of left.entries()) {
    const at = result.findIndex(({ source }) => source.place === one.source.place);
    const own = result[at];
    if (own !== undefined) {
      result[at] = { ...one, entries: { ...one.entries, ...own.entries } };
      continue;
    }
    const stronger = new Set(left.slice(order + 1).map(({ source }) => source.place));
    const next = result.findIndex(({ source }) => stronger.has(source.place));
    result.splice(next === -1 ? result.length : next, 0, one);
  }
  return result;
}

function withMissed({ source, entries }: GoodEntries, missedAtMs: number | undefined): KeptEntries {
  return missedAtMs === undefined ? { source, entries } : { source, entries, missedAtMs };
}

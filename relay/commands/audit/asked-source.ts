import type { AuditFilters } from '../../audit/reading/audit-query.ts';
import type { AuditSource, Cursor, SourcedEntry, SourcedLines } from '../../audit/reading/audit-source.ts';
import { followRecords, type FoundRecords } from '../../audit/reading/follow-audit.ts';
import type { Query, RunningRelay } from '../running-relay.ts';

const path = '/admin/v1/audit';
const mostAtOnce = 1000;
const followEveryMs = 1000;

/** Which records a running relay is asked for. */
export interface AskedRecords {
  readonly relay: RunningRelay;
  /** Of those that share a storage: the one whose records alone are meant. */
  readonly only: string | undefined;
  /** How many are wanted: what ends a page has a cursor. */
  readonly limit: number;
  /** Whether those that are written from now on are wanted, too; the first ones then end where those begin. */
  readonly follows?: boolean;
}

/** The records of a running relay, and of those that share its storage, as it answers. */
export function askedSource({ relay, only, limit, follows = false }: AskedRecords): AuditSource {
  let end: Cursor = 0;
  let followedFrom: Cursor | undefined;
  return {
    // The relay knows them, and refuses the others.
    requireKnownNames: () => Promise.resolve(),
    async *newestFirst(filters, cursor) {
      if (follows) followedFrom ??= (await written()).next;
      let at = cursor;
      for (let left = limit; ;) {
        const count = Math.min(left <= 0 ? 1 : left, mostAtOnce);
        const { records, next } = await pageOf(filters, at, count);
        for (const entry of records) {
          if (followedFrom === undefined || !isLater(entry, followedFrom)) yield { ...entry, cursor: next ?? 0 };
        }
        if (next === null) return;
        at = next;
        left -= records.length;
      }
    },
    async *inOrder(filters, cursor) {
      let at = cursor;
      for (let isMore = true; isMore;) {
        const query = { ...textsOf(filters), relay: only, cursor: at, part: true };
        const { text, headers } = await relay.text(`${path}/export`, query);
        isMore = headers['causeway-more'] === 'true';
        at = cursorIn(String(headers['causeway-cursor']));
        if (!isMore) end = at;
        yield text.split('\n').flatMap((line) => (line === '' ? [] : [linesOf(line)]));
      }
    },
    end: () => end,
    follow: (filters, signal) => {
      let after = followedFrom;
      const feed = async (): Promise<FoundRecords> => {
        const found = await written(after);
        after = found.next;
        return found;
      };
      return followRecords(feed, { filters, signal, everyMs: followEveryMs });
    },
    close: () => Promise.resolve(),
  };

  /** What was written after a place; without one nothing but where the end is. */
  async function written(after?: Cursor): Promise<FoundRecords & { readonly next: Cursor }> {
    const query = { after: after === undefined ? undefined : String(after), relay: only };
    return (await relay.get(`${path}/new`, query)) as FoundRecords & { readonly next: Cursor };
  }

  async function pageOf(filters: AuditFilters, cursor: Cursor | undefined, count: number) {
    const page = await relay.get(path, { ...textsOf(filters), relay: only, cursor, limit: count });
    return page as { readonly records: readonly SourcedEntry[]; readonly next: Cursor | null };
  }
}

/** Filters as they stand in an address. */
function textsOf({ sinceMs, untilMs, ...filters }: AuditFilters): Query {
  const iso = (ms: number | undefined): string | undefined =>
    ms === undefined ? undefined : new Date(ms).toISOString();
  return { ...filters, since: iso(sinceMs), until: iso(untilMs) };
}

/** Whether a record comes after a place, which is a number, or one for each relay. */
function isLater({ relay, seq }: SourcedEntry, place: Cursor): boolean {
  if (typeof place === 'number') return seq > place;
  const own = place.split(',').find((each) => each.startsWith(`${relay}:`));
  return own === undefined || seq > Number(own.slice(own.indexOf(':') + 1));
}

function cursorIn(text: string): Cursor {
  return text.includes(':') ? text : Number(text);
}

const outcomeBegins = ',"outcome":{"type":"outcome"';

/** Record and outcome of a line, each as it was recorded: what is in a text has its quotes escaped. */
function linesOf(line: string): SourcedLines {
  const { relay, seq, outcome } = JSON.parse(line) as SourcedEntry;
  const place = relay === undefined ? { seq } : { relay, seq };
  const from = line.indexOf('"record":') + '"record":'.length;
  if (outcome === null) return { ...place, record: line.slice(from, -',"outcome":null}'.length), outcome: null };
  const to = line.lastIndexOf(outcomeBegins);
  return { ...place, record: line.slice(from, to), outcome: line.slice(to + ',"outcome":'.length, -1) };
}

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
}

/** The records of a running relay, and of those that share its storage, as it answers. */
export function askedSource({ relay, only, limit }: AskedRecords): AuditSource {
  let end: Cursor = 0;
  return {
    // The relay knows them, and refuses the others.
    requireKnownNames: () => Promise.resolve(),
    async *newestFirst(filters, cursor) {
      let at = cursor;
      for (let left = limit; ;) {
        const count = Math.min(left <= 0 ? 1 : left, mostAtOnce);
        const { records, next } = await pageOf(filters, at, count);
        for (const entry of records) yield { ...entry, cursor: next ?? 0 };
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
      let after: string | undefined;
      const feed = async (): Promise<FoundRecords> => {
        const found = (await relay.get(`${path}/new`, { after, relay: only })) as FoundRecords & { next: Cursor };
        after = String(found.next);
        return found;
      };
      return followRecords(feed, { filters, signal, everyMs: followEveryMs });
    },
    close: () => Promise.resolve(),
  };

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

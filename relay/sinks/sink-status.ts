import { openAuditReader } from './audit-reader.ts';
import type { SinkPlace } from './sink-settings.ts';
import { readSinkCursors, type SinkCursor } from './sink-cursors.ts';

/** What of a sink's settings its status needs. */
export interface SinkToLookAt {
  readonly name: string;
  readonly kind: SinkPlace['kind'];
  readonly lagWarnMs: number;
}

/** How far a sink is, and what keeps it back. */
export interface SinkStatus {
  readonly name: string;
  readonly kind: SinkToLookAt['kind'];
  /** `late`: a record has waited for longer than the sink's bound. `ended`: the receiver wants no more. */
  readonly state: 'ok' | 'failing' | 'late' | 'ended' | 'not-started';
  readonly sentUpTo: number;
  /** Newest record of the audit. */
  readonly lastRecord: number;
  /** Records behind `sentUpTo`, those that the sink leaves out included. */
  readonly waiting: number;
  readonly oldestWaitingSeconds: number | null;
  /** Records that were acknowledged. */
  readonly sent: number;
  readonly deliveredAt: string | null;
  /** Why the last attempt failed; null after one that didn't. */
  readonly error: string | null;
  readonly errorAt: string | null;
  /** Attempts that failed since the last one that didn't. */
  readonly failedAttempts: number;
}

/** Looks at the cursors and the log, also while the relay runs. @throws AccessError `bad-input` when there is no audit. */
export function sinkStatus(dataDir: string, sinks: readonly SinkToLookAt[], nowMs: number): readonly SinkStatus[] {
  // The cursors first: a relay that goes on meanwhile then only ever has more in the log than they say.
  const cursors = readSinkCursors(
    dataDir,
    sinks.map(({ name }) => name),
  );
  const reader = openAuditReader(dataDir);
  try {
    const { last } = reader.range();
    return sinks.map(({ name, kind, lagWarnMs }) => {
      const cursor = cursors.get(name);
      const sentUpTo = cursor?.seq ?? 0;
      const [oldest] = reader.after(sentUpTo, Number.MAX_SAFE_INTEGER, 1);
      const ageMs =
        oldest === undefined
          ? null
          : nowMs - Number((JSON.parse(oldest.payload) as { readonly timeMs: number }).timeMs);
      return {
        name,
        kind,
        state: stateOf(cursor, ageMs !== null && ageMs >= lagWarnMs),
        sentUpTo,
        lastRecord: last,
        waiting: Math.max(0, last - sentUpTo),
        oldestWaitingSeconds: ageMs === null ? null : Math.max(0, Math.round(ageMs / 1000)),
        sent: cursor?.sent ?? 0,
        deliveredAt: timeOrNull(cursor?.deliveredMs),
        error: cursor?.error ?? null,
        errorAt: timeOrNull(cursor?.errorMs),
        failedAttempts: cursor?.attempts ?? 0,
      };
    });
  } finally {
    reader.close();
  }
}

function stateOf(cursor: SinkCursor | undefined, isLate: boolean): SinkStatus['state'] {
  if (cursor === undefined) return 'not-started';
  if (cursor.ended) return 'ended';
  if (isLate) return 'late';
  return cursor.error === null ? 'ok' : 'failing';
}

function timeOrNull(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : new Date(ms).toISOString();
}

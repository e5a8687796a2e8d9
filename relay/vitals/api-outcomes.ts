import type { AuditRecord } from '../audit/audit-record.ts';
import type { ApiVitals } from './process-vitals.ts';

type Outcome = Extract<AuditRecord, { type: 'outcome' }>;

/** Remembers of each API how allowed requests ended last. */
export interface ApiOutcomes {
  /** @param api one of the config’s */
  didEnd(api: string, outcome: Outcome): void;
  /** With how many connections are open now, by API; without APIs of which nothing is known. */
  now(open: ReadonlyMap<string, number>): Readonly<Record<string, ApiVitals>>;
}

/** Written over with each request, which is cheaper than a new one. */
type Last = { -readonly [Key in keyof Omit<ApiVitals, 'openConnections'>]: ApiVitals[Key] };

export function rememberOutcomes(): ApiOutcomes {
  const known = new Map<string, Last>();
  return {
    didEnd(api, { timeMs, status, code, detail }) {
      let last = known.get(api);
      if (code?.startsWith('upstream-') === true) {
        if (last === undefined) known.set(api, (last = { answeredAtMs: null, failure: null }));
        last.failure = { atMs: timeMs, code, detail: detail ?? '' };
      } else if (code === undefined && status !== null) {
        if (last === undefined) known.set(api, { answeredAtMs: timeMs, failure: null });
        else last.answeredAtMs = timeMs;
      }
    },
    now(open) {
      const ids = new Set([...known.keys(), ...open.keys()]);
      const nothing: Last = { answeredAtMs: null, failure: null };
      return Object.fromEntries(
        [...ids].map((id) => [id, { ...(known.get(id) ?? nothing), openConnections: open.get(id) ?? 0 }]),
      );
    },
  };
}

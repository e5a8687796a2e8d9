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

export function rememberOutcomes(): ApiOutcomes {
  const known = new Map<string, Omit<ApiVitals, 'openConnections'>>();
  return {
    didEnd(api, { timeMs, status, code, detail }) {
      const before = known.get(api) ?? { answeredAtMs: null, failure: null };
      if (code?.startsWith('upstream-') === true)
        known.set(api, { ...before, failure: { atMs: timeMs, code, detail: detail ?? '' } });
      else if (code === undefined && status !== null) known.set(api, { ...before, answeredAtMs: timeMs });
    },
    now(open) {
      const ids = new Set([...known.keys(), ...open.keys()]);
      const nothing = { answeredAtMs: null, failure: null };
      return Object.fromEntries(
        [...ids].map((id) => [id, { ...(known.get(id) ?? nothing), openConnections: open.get(id) ?? 0 }]),
      );
    },
  };
}

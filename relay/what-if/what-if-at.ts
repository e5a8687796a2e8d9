import { knownGrants } from '../administration/known-grants.ts';
import type { StatePlace } from '../administration/state-place.ts';
import type { Config } from '../config/config-schema.ts';
import type { SharedCountsPlace } from '../reports/open-counts.ts';
import { newestRecords } from './newest-records.ts';
import { openPastPolicies } from './past-policies.ts';
import { readProposal, runWhatIf } from './run-what-if.ts';
import type { WhatIf } from './what-if.ts';

/** Where a relay keeps what a what-if looks at; plain data. */
export interface WhatIfPlace {
  /** Path of the config file, in whose place the proposal would stand. */
  readonly path: string;
  readonly inForce: Config;
  readonly state: StatePlace;
  /** Where relays share their audit; null for the data folder. */
  readonly shared: SharedCountsPlace | null;
}

/** What is asked. */
export interface WhatIfAsked {
  /** Text of a whole config. */
  readonly text: string;
  readonly days: number;
  readonly records: number;
  readonly seconds: number;
  readonly rows: number;
}

const dayMs = 86_400_000;

/**
 * Reads the audit of the last days and says who would lose or gain what by a proposed config.
 * @throws AccessError `bad-input` for a text that can’t be used or when there is no audit, `shared-state-unavailable`
 */
export async function whatIfAt(
  { path, inForce, state, shared }: WhatIfPlace,
  { text, days, records, seconds, rows }: WhatIfAsked,
  nowMs: number,
): Promise<WhatIf> {
  const deadlineMs = performance.now() + seconds * 1000;
  const proposed = await readProposal(path, text);
  const revisions = shared === null ? null : await openRevisions(shared);
  const policies = openPastPolicies(state.dataDir, inForce, revisions);
  try {
    return await runWhatIf(
      {
        inForce,
        proposed,
        policies,
        records: newestRecords(state.dataDir, shared === null ? null : { storage: shared.postgres }),
        grants: await knownGrants(state),
      },
      { sinceMs: nowMs - days * dayMs, untilMs: nowMs, mostRecords: records, deadlineMs, mostRows: rows },
    );
  } finally {
    policies.close();
  }
}

async function openRevisions(shared: SharedCountsPlace) {
  // Only where it is needed: loading it takes as long as all the rest.
  const { openSharedRevisions } = await import('../revisions/open-shared-revisions.ts');
  const { pino } = await import('pino');
  return openSharedRevisions(shared, pino({ level: 'silent' }));
}

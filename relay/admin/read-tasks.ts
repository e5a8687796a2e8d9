import {
  type GrantQuery,
  pageOfGrants,
  pageOfRequests,
  type RequestQuery,
  type UsedGrant,
} from '../administration/grants.ts';
import { type LockedPerson, namesOfLocked } from '../administration/names-of-locked.ts';
import { type PeoplePage, pageOfPeople } from '../administration/people.ts';
import { type ApiUse, seeApiUse } from '../administration/see-api.ts';
import { type PersonSeen, seePerson } from '../administration/see-person.ts';
import { pageOfSessions, type SessionPage, sessionsToEnd, type ShownSessions } from '../administration/sessions.ts';
import { seeSignals, type SeenTransmitter } from '../administration/see-signals.ts';
import type { StatePlace } from '../administration/state-place.ts';
import {
  type FindingPage,
  type FindingQuery,
  findFinding,
  type ListedFinding,
  pageOfFindings,
  withAcknowledgements,
} from '../anomalies/acknowledged.ts';
import { makeReport } from '../anomalies/make-report.ts';
import { ConfigError, type ConfigProblem } from '../config/config-problem.ts';
import type { Config } from '../config/config-schema.ts';
import { effectiveConfig, type EffectiveKey } from '../config/effective-config.ts';
import { readConfig } from '../config/load-config.ts';
import type { Erasure, ErasureResult } from '../erasure/erase-person.ts';
import { goOnErasing, type WentOn } from '../erasure/go-on-erasing.ts';
import { eraseWherever } from '../erasure/erase-wherever.ts';
import { type KeptSituation, lookAtState } from '../overview/look-at-state.ts';
import { type CountsPlace, openCounts } from '../reports/open-counts.ts';
import { readReportQuery, type ReportTexts } from '../reports/read-report-query.ts';
import type { UsageKey } from '../reports/report.ts';
import type { Report } from '../reports/run-report.ts';
import { keptRevisions, revisionText } from '../revisions/kept-revisions.ts';
import type { ListedRevision, RevisionStore } from '../revisions/revision-store.ts';
import type { SessionFilter, ShownSession } from '../sessions/find-sessions.ts';
import type { AccessRequest } from '../grants/grant.ts';
import type { Page, PeopleSearch } from '../sessions/search-sessions.ts';
import { sinkStatus, type SinkStatus } from '../sinks/sink-status.ts';
import { sinksToLookAt } from '../sinks/sinks-to-look-at.ts';

import { auditTasks } from './audit-tasks.ts';

/** What a report is asked. */
export interface ReportAsked extends ReportTexts {
  readonly report: Report['report'];
  readonly by?: UsageKey;
}

/** Which keys of the config in force are asked for, and the text that it was read from. */
export interface EffectiveAsked {
  readonly path: string;
  readonly text: string | undefined;
  /** Part of the key, in any letter case. */
  readonly search?: string;
  readonly source?: EffectiveKey['source'];
  /** How many keys that fit are left out in front. */
  readonly from: number;
  readonly limit: number;
}

/** A page of keys; `next` is how many there were up to its end, null at the end. */
export interface EffectivePage {
  readonly keys: readonly EffectiveKey[];
  readonly next: number | null;
}

function pageOfKeys(all: readonly EffectiveKey[], { search, source, from, limit }: EffectiveAsked): EffectivePage {
  const fits = ({ key, source: own }: EffectiveKey): boolean =>
    (source === undefined || own === source) &&
    (search === undefined || key.toLowerCase().includes(search.toLowerCase()));
  const found = all.filter(fits);
  const end = from + limit;
  return { keys: found.slice(from, end), next: end < found.length ? end : null };
}

/** Which sessions are asked for. */
export type SessionsAsked = Omit<ShownSessions, 'apis'>;

/** What is read, and by which names. */
export interface ReadPlace {
  readonly config: Config;
  readonly counts: CountsPlace;
  /** Where sessions, locks and grants are. */
  readonly state: StatePlace;
}

/** A text to check as a config, and the file in whose place it stands. */
export interface ConfigAsked {
  readonly path: string;
  readonly text: string;
}

/** What is wrong with a text, and what should be written otherwise. */
export interface CheckedConfig {
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

/** Readings that may take long, each as a function of the config in force; they run in a thread of their own. */
export const readTasks = {
  ...auditTasks,
  async checkConfig(_place: ReadPlace, asked: ConfigAsked): Promise<CheckedConfig> {
    // Files that it names aren't read: whoever may send a text may not thereby read the relay's files.
    try {
      const { warnings = [] } = await readConfig(asked, { files: 'skip' });
      return { problems: [], warnings };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return { problems: error.problems, warnings: [] };
    }
  },
  async report({ config, counts }: ReadPlace, { report, by, ...texts }: ReportAsked): Promise<Report> {
    const query = readReportQuery(texts, Date.now());
    const usage = await openCounts(counts);
    try {
      return await withAcknowledgements(
        await makeReport(config, { usage, shared: counts.shared }, report, query, by),
        counts,
      );
    } finally {
      await usage.close();
    }
  },
  sessions({ config: { apis }, state }: ReadPlace, asked: SessionsAsked): Promise<SessionPage> {
    return pageOfSessions(state, { apis, ...asked }, Date.now());
  },
  sessionsToEnd({ config: { apis }, state }: ReadPlace, filter: SessionFilter): Promise<readonly ShownSession[]> {
    return sessionsToEnd(state, { apis, filter }, Date.now());
  },
  people({ state }: ReadPlace, asked: PeopleSearch): Promise<PeoplePage> {
    return pageOfPeople(state, asked, Date.now());
  },
  namesOfLocked({ state }: ReadPlace, people: readonly LockedPerson[]): Promise<readonly (string | null)[]> {
    return namesOfLocked(state, people);
  },
  state(place: ReadPlace, nowMs: number): Promise<KeptSituation> {
    return lookAtState(place, nowMs);
  },
  findings({ counts }: ReadPlace, asked: FindingQuery): Promise<FindingPage> {
    return pageOfFindings(counts, asked);
  },
  finding({ counts }: ReadPlace, id: string): Promise<ListedFinding | null> {
    return findFinding(counts, id);
  },
  grants(place: ReadPlace, asked: GrantQuery): Promise<Page<UsedGrant>> {
    return pageOfGrants(place, asked, Date.now());
  },
  accessRequests({ state }: ReadPlace, asked: RequestQuery): Promise<Page<AccessRequest>> {
    return pageOfRequests(state, asked, Date.now());
  },
  effectiveConfig({ config }: ReadPlace, asked: EffectiveAsked): Promise<EffectivePage> {
    return Promise.resolve(pageOfKeys(effectiveConfig(config, asked.path, asked.text), asked));
  },
  signals({ config, state }: ReadPlace): Promise<readonly SeenTransmitter[]> {
    return seeSignals({ dataDir: config.relay.data, storage: state.storage }, config.signals);
  },
  sinks({ config }: ReadPlace): Promise<readonly SinkStatus[]> {
    const sinks = sinksToLookAt(config);
    return Promise.resolve(sinks.length === 0 ? [] : sinkStatus(config.relay.data, sinks, Date.now()));
  },
  /** Changes what is kept, and is here because it reads and overwrites whole files. */
  erasePerson({ config, state }: ReadPlace, asked: Omit<Erasure, 'dataDir'>): Promise<ErasureResult> {
    return eraseWherever({ ...asked, dataDir: config.relay.data }, state.storage);
  },
  /** Ends erasures of the folder that were broken off, also of before there was a storage; those of a storage are gone on with by each relay. */
  goOnErasing({ config, state }: ReadPlace): Promise<WentOn> {
    return goOnErasing(config.relay.data, Date.now(), { isInFolder: state.storage === undefined });
  },
  async configs({ counts }: ReadPlace): Promise<readonly ListedRevision[]> {
    const store = await openConfigs(counts);
    try {
      return await store.list();
    } finally {
      store.close();
    }
  },
  async configText({ counts }: ReadPlace, hash: string): Promise<string> {
    const store = await openConfigs(counts);
    try {
      return await revisionText(store, hash);
    } finally {
      store.close();
    }
  },
  apiUse(place: ReadPlace, api: string): Promise<ApiUse> {
    return seeApiUse(place, api, Date.now());
  },
  person(place: ReadPlace, asked: string): Promise<PersonSeen> {
    return seePerson(place, asked, Date.now());
  },
} as const;

/** Configs that were loaded or refused: of all relays that share a storage. */
async function openConfigs({ dataDir, shared }: CountsPlace): Promise<RevisionStore> {
  if (shared === null) return keptRevisions(dataDir, null);
  // Loaded only where relays share a storage.
  const { openSharedRevisions } = await import('../revisions/open-shared-revisions.ts');
  const { pino } = await import('pino');
  return openSharedRevisions(shared, pino({ level: 'silent' }));
}

/**
 * How long readings may take: a moment, some time, or as long as all records take. What erases waits for none of them, and
 * isn’t given up: a part would be left undone.
 */
export const readLanes = ['quick', 'long', 'whole', 'erasing'] as const;
export type ReadLaneName = (typeof readLanes)[number];

const quick: ReadonlySet<ReadTask> = new Set([
  'sessions',
  'sessionsToEnd',
  'people',
  'person',
  'namesOfLocked',
  'state',
  'apiUse',
  'findings',
  'finding',
  'grants',
  'accessRequests',
  'auditState',
  'auditFeed',
  'signals',
  'sinks',
  'configs',
  'configText',
]);

const whole: ReadonlySet<ReadTask> = new Set(['verifyAudit', 'verifyOnwards']);

/** The lane of a reading. */
export function laneOf(task: ReadTask): ReadLaneName {
  if (task === 'erasePerson' || task === 'goOnErasing') return 'erasing';
  if (quick.has(task)) return 'quick';
  return whole.has(task) ? 'whole' : 'long';
}

export type ReadTasks = typeof readTasks;
export type ReadTask = keyof ReadTasks;

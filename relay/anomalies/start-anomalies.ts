import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { AuditLog } from '../audit/audit-record.ts';
import type { AnomaliesConfig } from '../config/anomalies-schema.ts';
import type { AnomalyWorkerData, FromAnomalyWorker, ToAnomalyWorker } from './anomaly-worker.ts';
import type { CountsPlace } from '../reports/open-counts.ts';
import type { Finding } from './finding.ts';
import { startThread, type StartThread, type Thread } from '../programs/start-thread.ts';

/** Settings of {@link startAnomalies}. */
export interface AnomaliesOptions {
  readonly dataDir: string;
  readonly settings: AnomaliesConfig;
  readonly audit: AuditLog;
  readonly log: Logger;
  /** Told each finding once it is in the audit. */
  readonly onFinding?: (finding: Finding, settings: AnomaliesConfig) => void;
  /** Days (UTC) for which findings about refused sign-ins say from where, today among them; for good when left out. */
  readonly refusedDays?: number | undefined;
  /** How often the audit is looked at, milliseconds. Default 1000. */
  readonly pollMs?: number;
  /** The PostgreSQL of all relays; without it, only the data folder is looked at. */
  readonly shared?: CountsPlace['shared'];
  /** Starts the thread that looks; default in this process. */
  readonly start?: StartThread;
}

/** The search for what is out of the ordinary, beside a running relay. */
export interface Anomalies {
  /** Other thresholds from now on. */
  replace(settings: AnomaliesConfig): void;
  close(): Promise<void>;
}

const restartMs = 10_000;
const endWithinMs = 5000;
const unrecorded =
  'what is out of the ordinary can’t be recorded here; it is told again, by another relay where they share a storage';
const troubles = {
  uncounted: {
    lost: 'the requests of the audit can’t be counted for reports; they will be later',
    back: 'the requests of the audit are counted again',
  },
  unwatched: {
    lost: 'the audits of all relays can’t be looked through for anomalies; they will be later',
    back: 'the audits of all relays are looked through for anomalies again',
  },
} as const;

/**
 * Follows the audit of a data folder or, with a storage, those of all relays, at one of them at a time; what is found goes into
 * the audit and the log. The audit must be open.
 */
export function startAnomalies(options: AnomaliesOptions): Anomalies {
  const { dataDir, audit, log, onFinding, refusedDays, pollMs = 1000, shared = null, start = startThread } = options;
  let { settings } = options;
  let worker: Thread | undefined;
  let restart: NodeJS.Timeout | undefined;
  let closing = false;
  const say = (message: ToAnomalyWorker): void => worker?.postMessage(message);

  let isRecording = true;
  const record = (finding: Finding): void => {
    audit.append(finding, (error) => {
      say({ type: 'written', id: finding.id, isRecorded: error === null });
      if (error !== null && isRecording) log.error({ err: error, finding: finding.id }, unrecorded);
      isRecording = error === null;
      if (error !== null) return;
      const { id, rule, person, remoteAddress, api, detail } = finding;
      const words = { finding: id, rule, person: person?.username ?? null, remoteAddress, api, detail };
      log.warn(words, 'out of the ordinary');
      onFinding?.(finding, settings);
    });
  };
  const hear = (message: FromAnomalyWorker): void => {
    if (message.type === 'finding') return record(message.finding);
    if (message.type === 'behind') {
      const { records } = message;
      if (records === null) return log.info('the audits of all relays are looked through: what is found now is new');
      return log.warn({ records }, 'many records are looked through for anomalies before what is new is');
    }
    const { lost, back } = troubles[message.type];
    if (message.reason === null) log.info(back);
    else log.error({ reason: message.reason }, lost);
  };
  const run = (): void => {
    const workerData: AnomalyWorkerData = { dataDir, settings, refusedDays, pollMs, shared };
    worker = start('anomaly-worker', 'anomalies', workerData);
    worker.unref();
    worker.on('message', hear);
    worker.on('error', (error) => log.error({ err: error }, 'the search for anomalies failed; it begins again soon'));
    worker.on('exit', () => {
      worker = undefined;
      if (!closing) restart = setTimeout(run, restartMs).unref();
    });
  };
  run();

  return {
    replace(next) {
      settings = next;
      say({ type: 'replace', settings });
    },
    async close() {
      closing = true;
      clearTimeout(restart);
      const thread = worker;
      if (thread === undefined) return;
      const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
      say({ type: 'close' });
      const isEnded = await Promise.race([ended.then(() => true), pause(endWithinMs, false, { ref: false })]);
      // What it hasn’t looked at is looked at after the next start.
      if (!isEnded) await thread.terminate();
    },
  };
}

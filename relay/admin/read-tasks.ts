import { makeReport } from '../anomalies/make-report.ts';
import type { AuditEntry } from '../audit/reading/audit-query.ts';
import { openAuditReader } from '../audit/reading/audit-reader.ts';
import { namesInFolder, requireNames } from '../audit/reading/known-names.ts';
import { type FilterTexts, readFilters } from '../audit/reading/read-filters.ts';
import { ConfigError, type ConfigProblem } from '../config/config-problem.ts';
import type { Config } from '../config/config-schema.ts';
import { readConfig } from '../config/load-config.ts';
import { type CountsPlace, openCounts } from '../reports/open-counts.ts';
import { readReportQuery, type ReportTexts } from '../reports/read-report-query.ts';
import type { UsageKey } from '../reports/report.ts';
import type { Report } from '../reports/run-report.ts';

/** A page of records for the admin API, newest first. */
export interface AuditAnswer {
  readonly records: readonly AuditEntry[];
  /** Where the next page begins; null at the end. */
  readonly next: number | null;
}

/** What is asked of the audit. */
export interface AuditAsked {
  readonly filters: FilterTexts;
  readonly cursor?: number;
  readonly limit: number;
}

/** What a report is asked. */
export interface ReportAsked extends ReportTexts {
  readonly report: Report['report'];
  readonly by?: UsageKey;
}

/** What is read, and by which names. */
export interface ReadPlace {
  readonly config: Config;
  readonly counts: CountsPlace;
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
  async audit({ config }: ReadPlace, { filters, cursor, limit }: AuditAsked): Promise<AuditAnswer> {
    const wanted = readFilters(filters, Date.now());
    const reader = openAuditReader(config.relay.data);
    try {
      const configured = {
        apis: config.apis.map(({ id }) => id),
        rules: config.apis.flatMap(({ rules }) => rules.map(({ name }) => name)),
      };
      await requireNames(wanted, configured, namesInFolder(reader));
      const records: AuditEntry[] = [];
      for (const entry of reader.newestFirst(wanted, cursor)) {
        if (records.length === limit) return { records, next: records.at(-1)?.seq ?? entry.seq + 1 };
        records.push(entry);
      }
      return { records, next: null };
    } finally {
      reader.close();
    }
  },
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
      return await makeReport(config, usage, report, query, by);
    } finally {
      await usage.close();
    }
  },
} as const;

export type ReadTasks = typeof readTasks;
export type ReadTask = keyof ReadTasks;

import { type Command, Option } from 'commander';
import type { Config } from '../../config/config-schema.ts';
import { readCount } from '../../audit/reading/read-filters.ts';
import { withAcknowledgements } from '../../anomalies/acknowledged.ts';
import { makeReport } from '../../anomalies/make-report.ts';
import { rebuildUsage } from '../../reports/follow-audit.ts';
import { configOption, dataOption, type PlaceFlags } from '../place-flags.ts';
import type { RunningRelay } from '../running-relay.ts';
import { printReport } from './print-report.ts';
import { readReportQuery } from '../../reports/read-report-query.ts';
import { type ReportName, reportNames, type UsageKey, usageKeys } from '../../reports/report.ts';
import type { Report } from '../../reports/run-report.ts';
import type { CountsPlace } from '../../reports/open-counts.ts';
import type { UsageStore } from '../../reports/usage-store.ts';

/** The config of a file, or of a data folder that is read in its place, and the counts that its relays share or that are in its data folder. */
type CountsOf = (
  file: string,
  data?: string,
) => Promise<{ readonly config: Config; readonly usage: UsageStore; readonly place: CountsPlace }>;

/** The relay that runs, to be asked; null when none does. */
type RelayOf = (flags: PlaceFlags) => Promise<RunningRelay | null>;

interface ReportFlags extends PlaceFlags {
  readonly since?: string;
  readonly until?: string;
  readonly by?: UsageKey;
  readonly api?: string;
  readonly user?: string;
  readonly group?: string;
  readonly limit: string;
  readonly json: boolean;
}

const descriptions: Readonly<Record<ReportName, string>> = {
  usage: 'requests by API, or by what --by names',
  denials: 'which denied requests repeat, and what would unlock them',
  unused: 'APIs, rules, groups, roles and grants that nobody needed',
  people: 'requests by person',
  groups: 'requests by group',
};

/** Adds `report …` to the relay's command line. */
export function addReportCommands(
  program: Command,
  write: (text: string) => void,
  countsOf: CountsOf,
  relayOf: RelayOf,
): void {
  const report = program.command('report').description('count what the audit says, against the period before');
  for (const name of reportNames) {
    const command = report
      .command(name)
      .description(descriptions[name])
      .addOption(configOption())
      .addOption(dataOption())
      .option('--since <time>', 'ISO 8601, or 7d for so long ago; a week before the end when left out')
      .option('--until <time>', 'the same; now when left out');
    if (name === 'usage') command.addOption(new Option('--by <key>').choices(usageKeys).default('api'));
    command.option('--api <id>');
    if (name !== 'unused') command.option('--user <name>', 'user name or subject').option('--group <name>');
    command
      .option('--limit <count>', 'rows to show', '50')
      .option('--json', 'one JSON object with all rows', false)
      .action(async (flags: ReportFlags) => write(await reportCommand(name, flags, countsOf, relayOf)));
  }
  report
    .command('anomalies')
    .description('what the relay found to be out of the ordinary, newest first')
    .addOption(configOption())
    .addOption(dataOption())
    .option('--since <time>', 'ISO 8601, or 7d for so long ago; a week before the end when left out')
    .option('--until <time>', 'the same; now when left out')
    .option('--api <id>')
    .option('--user <name>', 'user name or subject')
    .option('--limit <count>', 'rows to show', '50')
    .option('--json', 'one JSON object with all rows', false)
    .action(async (flags: ReportFlags) => write(await reportCommand('anomalies', flags, countsOf, relayOf)));
  report
    .command('rebuild')
    .description(
      'count the whole audit anew, and keep what it doesn’t hold any more; opens the files itself, as the relay’s user',
    )
    .addOption(configOption())
    .action(async ({ config: file }: { config: string }) => {
      const { config, usage } = await countsOf(file);
      try {
        const { seq } = await rebuildUsage(config.relay.data, usage);
        write(`Counted anew up to record ${seq}.\n`);
      } finally {
        await usage.close();
      }
    });
}

/** @throws AccessError `bad-input` for times and names that can't be meant, `bad-config` */
async function reportCommand(
  name: Report['report'],
  flags: ReportFlags,
  countsOf: CountsOf,
  relayOf: RelayOf,
): Promise<string> {
  const limit = readCount(flags.limit, 'limit', 1_000_000_000);
  const query = readReportQuery(flags, Date.now());
  const shown = (report: Report): string => (flags.json ? `${JSON.stringify(report)}\n` : printReport(report, limit));
  const relay = await relayOf(flags);
  if (relay !== null) {
    const { since, until, by, api, user, group } = flags;
    return shown((await relay.get(`/admin/v1/reports/${name}`, { since, until, by, api, user, group })) as Report);
  }
  const { config, usage, place } = await countsOf(flags.config, flags.data);
  try {
    return shown(
      await withAcknowledgements(
        await makeReport(config, { usage, shared: place.shared }, name, query, flags.by),
        place,
      ),
    );
  } finally {
    await usage.close();
  }
}

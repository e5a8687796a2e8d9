import { type Command, Option } from 'commander';
import type { Config } from '../../config/config-schema.ts';
import { readCount } from '../../audit/reading/read-filters.ts';
import { withAcknowledgements } from '../../anomalies/acknowledged.ts';
import { makeReport } from '../../anomalies/make-report.ts';
import { rebuildUsage } from '../../reports/follow-audit.ts';
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

interface ReportFlags {
  readonly config: string;
  readonly data?: string;
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
export function addReportCommands(program: Command, write: (text: string) => void, countsOf: CountsOf): void {
  const report = program.command('report').description('count what the audit says, against the period before');
  const configOption = (): Option => new Option('-c, --config <file>', 'configuration file').default('relay.yaml');
  const dataOption = (): Option =>
    new Option('--data <folder>', 'data folder of the relay, for who may not read its config');
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
      .action(async (flags: ReportFlags) => write(await reportCommand(name, flags, countsOf)));
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
    .action(async (flags: ReportFlags) => write(await reportCommand('anomalies', flags, countsOf)));
  report
    .command('rebuild')
    .description('count the whole audit anew, and keep what it doesn’t hold any more')
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
async function reportCommand(name: Report['report'], flags: ReportFlags, countsOf: CountsOf): Promise<string> {
  const limit = readCount(flags.limit, 'limit', 1_000_000_000);
  const query = readReportQuery(flags, Date.now());
  const { config, usage, place } = await countsOf(flags.config, flags.data);
  try {
    const report = await withAcknowledgements(await makeReport(config, usage, name, query, flags.by), place);
    return flags.json ? `${JSON.stringify(report)}\n` : printReport(report, limit);
  } finally {
    await usage.close();
  }
}

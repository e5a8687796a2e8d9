import { type Command, Option } from 'commander';
import { listedTypes } from '../../audit/reading/read-filters.ts';

/** Adds the options that say which records. */
export function addFilterOptions(command: Command): Command {
  return command
    .option('--user <name>', 'user name or subject')
    .option('--group <name>', 'a group of the person')
    .option('--break-glass', 'only what has to do with accounts of the relay’s own')
    .option('--api <id>')
    .option('--method <method>')
    .option('--path <path>', 'this path and all below it')
    .addOption(new Option('--effect <effect>').choices(['allow', 'deny']))
    .option('--rule <name>', 'rule that decided')
    .option('--code <code>', 'code of the problem that a caller was told')
    .option('--status <status>', 'of the answer: 404, or 5xx for all from 500 on')
    .option('--session <id>')
    .option('--device <name>')
    .option('--address <ip>', 'where the person came from')
    .option('--grant <id>', 'what was done with a grant, and what it allowed')
    .addOption(new Option('--type <type>', 'kind of record').choices(listedTypes))
    .option('--request <id>', 'request id, as a refusal names it')
    .option('--since <time>', 'from then on: 2026-01-31, 2026-01-31T08:00:00Z, or 24h, 7d for so long ago')
    .option('--until <time>', 'before then');
}

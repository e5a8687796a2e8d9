import type { Command } from 'commander';
import { readCount } from '../../audit/reading/read-filters.ts';
import type { WhatIfPlace } from '../../what-if/what-if-at.ts';
import { type PlaceFlags, withPlace } from '../place-flags.ts';
import type { AtRelay } from '../running-relay.ts';
import { whatIfCommand } from './what-if.ts';

/** What the commands have from the program they belong to. */
export interface PolicyCommandsContext {
  readonly write: (text: string) => void;
  /** For what goes wrong. */
  readonly warn: (text: string) => void;
  /** Takes the exit code. */
  readonly finish: (exitCode: number) => void;
  readonly placeOf: (flags: PlaceFlags) => Promise<WhatIfPlace | AtRelay>;
}

interface WhatIfFlags extends PlaceFlags {
  readonly days: string;
  readonly records: string;
  readonly seconds: string;
  readonly rows: string;
  readonly json: boolean;
}

/** Adds `policy` with what is asked of rules. */
export function addPolicyCommands(program: Command, context: PolicyCommandsContext): void {
  const { write, warn, finish, placeOf } = context;
  const policy = program.command('policy').description('ask what rules do');
  withPlace(policy.command('what-if'))
    .description('say who would lose or gain what by a proposed config; exit code 3 when somebody loses something')
    .option('--days <count>', 'days of the audit to look at', '7')
    .option('--records <count>', 'most records to look at', '10000000')
    .option('--seconds <count>', 'most time that it may take', '300')
    .option('--rows <count>', 'rows to show', '50')
    .option('--json', 'one JSON object', false)
    .argument('<file>', 'the proposed config')
    .action(async (file: string, { config, data, json, ...counts }: WhatIfFlags) => {
      const bounds = {
        days: readCount(counts.days, 'days', 366),
        records: readCount(counts.records, 'records', 100_000_000),
        seconds: readCount(counts.seconds, 'seconds', 86_400),
        rows: readCount(counts.rows, 'rows', 20_000),
      };
      finish(
        await whatIfCommand({
          ...bounds,
          file,
          json,
          write,
          warn,
          place: await placeOf(data === undefined ? { config } : { config, data }),
        }),
      );
    });
}

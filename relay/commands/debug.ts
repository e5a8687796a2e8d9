import type { Command } from 'commander';
import type { Debugging } from '../administration/debugging.ts';
import { type PlaceFlags, withPlace } from './place-flags.ts';
import type { RunningRelay } from './running-relay.ts';

/** What the debug commands are given from outside. */
export interface DebugCommandParts {
  readonly relayOf: (flags: PlaceFlags) => Promise<RunningRelay>;
  readonly write: (text: string) => void;
}

interface Flags extends PlaceFlags {
  readonly json: boolean;
}

interface StartFlags extends Flags {
  readonly person?: string;
  readonly api?: string;
  readonly minutes: string;
  readonly reason: string;
}

const path = '/admin/v1/relay/debug';

/** Adds `debug start|list|end` to the command line: a running relay logs the requests of a person or an API for a while. */
export function addDebugCommands(program: Command, { relayOf, write }: DebugCommandParts): void {
  const debug = program.command('debug').description('log what happens to requests of a person or an API, for a while');
  const added = (name: string, description: string): Command =>
    withPlace(debug.command(name).description(description)).option('--json', 'JSON, one object a line', false);
  const show = (all: readonly Debugging[], json: boolean): void => {
    if (!json && all.length === 0) write('No requests are debugged.\n');
    for (const one of all) write(json ? `${JSON.stringify(one)}\n` : `${inWords(one)}\n`);
  };

  added('start', 'begin; it ends by itself')
    .option('--person <who>', 'user name or subject')
    .option('--api <id>', 'API')
    .requiredOption('--minutes <count>', 'for how long, 60 at most')
    .requiredOption('--reason <text>', 'why; recorded with who does it')
    .action(async ({ json, person, api, minutes, reason, ...place }: StartFlags) => {
      const wish = { person, api, minutes: Number(minutes), reason };
      show([(await (await relayOf(place)).post(path, wish)) as Debugging], json);
    });
  added('list', 'whose requests are logged, until when').action(async ({ json, ...place }: Flags) => {
    const { debugging } = (await (await relayOf(place)).get(path)) as { debugging: readonly Debugging[] };
    show(debugging, json);
  });
  added('end', 'end it early')
    .requiredOption('--reason <text>', 'why; recorded with who does it')
    .argument('<id>')
    .action(async (id: string, { json, reason, ...place }: Flags & { readonly reason: string }) => {
      const ended = await (await relayOf(place)).post(`${path}/${encodeURIComponent(id)}/end`, { reason });
      if (json) write(`${JSON.stringify(ended)}\n`);
      else write('Ended.\n');
    });
}

function inWords({ id, person, api, untilMs, author, reason }: Debugging): string {
  const whose = [...(person === null ? [] : [person]), ...(api === null ? [] : [`API ${api}`])].join(', ');
  return `${id}  ${whose}  until ${new Date(untilMs).toISOString()}  by ${author}: ${reason}`;
}

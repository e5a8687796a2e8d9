import type { Command } from 'commander';
import { shownText } from '../../shared/shown-text.ts';
import { type PlaceFlags, withPlace } from './place-flags.ts';
import type { RunningRelay } from './running-relay.ts';

/** What the commands are given from outside. */
export interface RunRelayParts {
  readonly relayOf: (flags: PlaceFlags) => Promise<RunningRelay>;
  readonly write: (text: string) => void;
  readonly finish: (exitCode: number) => void;
}

interface Status {
  readonly name: string;
  readonly url: string;
  readonly version: string;
  readonly ready: boolean;
  readonly problems: readonly string[];
  readonly auditHealthy: boolean;
  readonly policyRevision: string;
}

/** Adds `status`, `reload`, `drain`, `undrain` and `relays` to the command line: what is asked of a relay that runs. */
export function addRunRelayCommands(program: Command, { relayOf, write, finish }: RunRelayParts): void {
  withPlace(program.command('status'))
    .description('how the running relay is; exit code 1 when it isn’t ready')
    .option('--json', 'one JSON object', false)
    .action(async ({ json, ...flags }: PlaceFlags & { readonly json: boolean }) => {
      const status = (await (await relayOf(flags)).get('/admin/v1/relay')) as Status;
      write(json ? `${JSON.stringify(status)}\n` : inWords(status));
      finish(status.ready && status.auditHealthy ? 0 : 1);
    });

  const acts = [
    [
      'reload',
      'read the config file again, and put it in force',
      (answer: unknown) => `In force: policy ${policyOf(answer)}.`,
    ],
    [
      'drain',
      'send people elsewhere: open tunnels are told to go, and new ones refused',
      () => 'It drains. “undrain” takes it back.',
    ],
    ['undrain', 'take tunnels again, at all workers', () => 'It takes tunnels again.'],
  ] as const;
  for (const [name, description, said] of acts) {
    withPlace(program.command(name))
      .description(description)
      .requiredOption('--reason <text>', 'why; recorded with who does it')
      .option('--json', 'one JSON object', false)
      .action(async ({ json, reason, ...flags }: PlaceFlags & { readonly json: boolean; readonly reason: string }) => {
        const answer = await (await relayOf(flags)).post(`/admin/v1/relay/${name}`, { reason });
        write(json ? `${JSON.stringify(answer)}\n` : `${said(answer)}\n`);
      });
  }
  addRelaysCommands(program, { relayOf, write, finish });
}

/** Adds `relays list|drain|undrain`: this relay and those that share something with it. */
function addRelaysCommands(program: Command, { relayOf, write, finish }: RunRelayParts): void {
  const relays = program.command('relays').description('this relay, and those that share its storage or its Redis');
  withPlace(relays.command('list'))
    .description('how each of them is, as it said last')
    .option('--json', 'one JSON object', false)
    .action(async ({ json, ...flags }: PlaceFlags & { readonly json: boolean }) => {
      const answer = (await (await relayOf(flags)).get('/admin/v1/relays')) as {
        readonly relays: readonly ListedRelay[];
        readonly unreadable: string | null;
      };
      if (json) write(`${JSON.stringify(answer)}\n`);
      else for (const relay of answer.relays) write(`${shownText(lineOf(relay))}\n`);
      if (!json && answer.unreadable !== null)
        write(`${shownText(`The others aren’t known now: ${answer.unreadable}`)}\n`);
    });
  for (const order of ['drain', 'undrain'] as const) {
    withPlace(relays.command(order))
      .description(
        order === 'drain'
          ? 'send the people of one of them elsewhere, until it starts again; exit code 1 when it hasn’t begun within 6 s'
          : 'let one of them take tunnels again; exit code 1 when it hasn’t begun within 6 s',
      )
      .requiredOption('--reason <text>', 'why; recorded with who does it')
      .option('--worker <number>', 'one of its workers alone; the others take its people')
      .option('--json', 'one JSON object', false)
      .argument('<relay>', 'its id, as “relays list” has it')
      .action(async (id: string, { json, reason, worker, ...flags }: OrderFlags) => {
        const of = worker === undefined ? '' : `/workers/${encodeURIComponent(worker)}`;
        const path = `/admin/v1/relays/${encodeURIComponent(id)}${of}/${order}`;
        const answer = (await (await relayOf(flags)).post(path, { reason })) as OrderedRelay;
        write(json ? `${JSON.stringify(answer)}\n` : `${shownText(orderedWords(answer, worker))}\n`);
        finish(answer.obeyed ? 0 : 1);
      });
  }
}

interface OrderFlags extends PlaceFlags {
  readonly json: boolean;
  readonly reason: string;
  readonly worker?: string;
}

interface ListedProcess {
  readonly worker: number | null;
  readonly draining: boolean;
  readonly tunnels: number;
}

interface ListedRelay {
  /** Not said by a relay of before. */
  readonly downWorkers?: readonly { readonly worker: number; readonly sinceMs: number; readonly how: string }[];
  readonly processes: readonly ListedProcess[];
  readonly id: string;
  readonly version: string;
  readonly self: boolean;
  readonly silent: boolean;
  readonly stopped?: boolean;
  readonly draining: boolean;
  readonly ready: boolean;
  readonly tunnels: number;
}

interface OrderedRelay {
  readonly relay: ListedRelay;
  readonly obeyed: boolean;
}

function standingOf({ silent, stopped, draining, ready }: ListedRelay): string {
  return stopped === true ? 'stopped' : silent ? 'silent' : draining ? 'draining' : ready ? 'ready' : 'not ready';
}

function lineOf(relay: ListedRelay): string {
  const { id, version, self, tunnels, draining, processes, downWorkers = [] } = relay;
  const away = draining ? [] : processes.filter((process) => process.worker !== null && process.draining);
  const drained = away.map(({ worker }) => `  worker ${worker} draining`).join('');
  const down = downWorkers.map(
    ({ worker, sinceMs, how }) => `  worker ${worker} down since ${new Date(sinceMs).toISOString()} (${how})`,
  );
  return `${id}  ${standingOf(relay)}  ${tunnels} tunnels  version ${version}${drained}${down.join('')}${self ? '  this relay' : ''}`;
}

function orderedWords({ relay, obeyed }: OrderedRelay, worker: string | undefined): string {
  const process = relay.processes.find((each) => each.worker !== null && String(each.worker) === worker);
  if (obeyed && process !== undefined) {
    const is = process.draining ? 'is draining' : 'takes people again';
    return `Worker ${worker} of the relay ${relay.id} ${is}, with ${process.tunnels} tunnels.`;
  }
  return obeyed
    ? `The relay ${relay.id} is ${standingOf(relay)}, with ${relay.tunnels} tunnels.`
    : `The relay ${relay.id} hasn’t said that it does so: see “relays list” in some seconds.`;
}

function policyOf(answer: unknown): string {
  return (answer as { readonly policyRevision: string }).policyRevision;
}

function inWords({ name, url, version, ready, problems, auditHealthy, policyRevision }: Status): string {
  const lines = [
    `${name} (${url}), version ${version}, policy ${policyRevision}: ${ready ? 'ready' : 'not ready'}`,
    ...(auditHealthy ? [] : ['The audit can’t be written.']),
    ...problems,
  ];
  return `${lines.map((line) => shownText(line)).join('\n')}\n`;
}

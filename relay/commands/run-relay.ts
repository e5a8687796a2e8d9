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

/** Adds `status`, `reload`, `drain` and `undrain` to the command line: what is asked of a relay that runs. */
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
    ['undrain', 'take tunnels again', () => 'It takes tunnels again.'],
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

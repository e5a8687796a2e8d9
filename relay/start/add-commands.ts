import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { version } from '../../shared/version.ts';
import { adminSocketName } from '../admin/admin-socket.ts';
import { accessCommand, type AccessCommandOptions } from '../commands/access.ts';
import { addBackupCommands } from '../commands/backup/add-backup-commands.ts';
import { addAuditCommands } from '../commands/audit/add-audit-commands.ts';
import { addBreakGlassCommands } from '../commands/break-glass-flags.ts';
import { checkConfig } from '../commands/check-config.ts';
import { configsCommand, type ConfigsCommandOptions } from '../commands/configs.ts';
import { addDebugCommands } from '../commands/debug.ts';
import { explain } from '../commands/explain.ts';
import { type ExplainFlags, explainOptions } from '../commands/explain-flags.ts';
import { configOption, dataOption, folderOf, type PlaceFlags, withPlace } from '../commands/place-flags.ts';
import { addPolicyCommands } from '../commands/policy/add-policy-commands.ts';
import { addReportCommands } from '../commands/report/add-report-commands.ts';
import type { GiveAccessOptions } from '../commands/give-access.ts';
import { addLockCommands } from '../commands/lock-flags.ts';
import { locksCommand } from '../commands/locks.ts';
import { addSessionCommands } from '../commands/session-flags.ts';
import { sessionsCommand } from '../commands/sessions.ts';
import { revokeCommand } from '../commands/revoke.ts';
import { requireRelay, type RunningRelay } from '../commands/running-relay.ts';
import { addRunRelayCommands } from '../commands/run-relay.ts';
import { namesFolder, whoReads } from '../commands/who-reads.ts';
import { signalsCommand } from '../commands/signals.ts';
import { addStorageCommands } from '../commands/storage/add-storage-commands.ts';
import { testPolicy } from '../commands/test-policy.ts';
import type { AccessRequest } from '../grants/grant.ts';
import { openCounts } from '../reports/open-counts.ts';
import { openUsageStore } from '../reports/sqlite-usage.ts';
import type { KeptState } from '../explain/explain-request.ts';
import { type ElsewhereKept, lastConfig } from '../revisions/config-at.ts';
import { askOrOpen, configsElsewhere, placeOf, relayOrPlace, stateElsewhere, withStorage } from './command-place.ts';
import { sharedPlaceOf } from './shared-place.ts';

/**
 * Adds the commands that operators give; the one place that knows the whole chain. `finish` hears with which code to end,
 * `write` what is answered, `warn` what goes wrong.
 */
export function addCommands(
  program: Command,
  finish: (exitCode: number) => void,
  write: (text: string) => void = (text) => void process.stdout.write(text),
  warn: (text: string) => void = (text) => void process.stderr.write(text),
): void {
  const reasonOption = (): Option =>
    new Option('--reason <text>', 'why; recorded with who does it').makeOptionMandatory();

  program
    .command('check-config')
    .description('check a configuration file; exit code 2 when it can’t be used')
    .addOption(configOption())
    .action(async ({ config }: { config: string }) => {
      finish(await checkConfig(config, write));
    });

  program
    .command('doctor')
    .description(
      'look at a relay and all that it needs; exit code 0 nothing is wrong, 1 something doesn’t work, 3 warnings',
    )
    .addOption(configOption())
    .addOption(new Option('--data <folder>', 'ask the relay that runs on this folder, for who may not read its config'))
    .option('--json', 'one JSON object', false)
    .action(async ({ json, ...flags }: PlaceFlags & { json: boolean }) => {
      const { doctorCommand } = await import('../commands/doctor.ts');
      const here = { configPath: resolve(flags.config), version, socketName: adminSocketName };
      const look = namesFolder(flags) ? { relay: await requireRelay(await folderOf(flags)) } : here;
      finish(await doctorCommand({ ...look, json, write }));
    });

  program
    .command('explain')
    .description('say how a request would be decided, rule by rule; exit code 0 allow, 3 deny')
    .addOption(configOption())
    .addOption(dataOption())
    .option('--as <who>', 'person that the answer speaks of')
    .option('--groups <groups>', 'groups of the person, separated by commas', '')
    .option(
      '--issuer <name>',
      'provider that the person signed in at, as the config names it; the first one when left out',
    )
    .option('--token <file>', 'file with an access token, or “-” for standard input; checked as the relay does')
    .option('--scopes <scopes>', 'scopes of the token, separated by commas')
    .option('--claims <json>', 'claims of the token, a JSON object')
    .option('--service', 'a service, not a person')
    .option('--acr <acr>', 'kind of the sign-in')
    .option('--signed-in-at <time>', 'when the person signed in, ISO 8601')
    .option('--at <time>', 'when the request comes, ISO 8601; for a past time by the rules that were in force then')
    .option('--current-rules', 'by the rules that the file has now, also for a past --at')
    .option('--relay <id>', 'for a past --at, by the rules of that relay, of those that share a storage')
    .option('--from <address>', 'address that the tunnel comes from')
    .option('--json', 'one JSON object', false)
    .argument('<method>')
    .argument('<url>', 'https://<api>/path')
    .action(async (method: string, url: string, options: ExplainFlags) => {
      const elsewhere = (): Promise<ElsewhereKept | undefined> => configsElsewhere(options.config, options.relay);
      const kept = (): Promise<KeptState | undefined> => stateElsewhere(options.config);
      // A file that this user can read may say more than what is in force: it is what is asked about.
      const relay = namesFolder(options) ? (await whoReads(options)).relay : null;
      const asked = { ...explainOptions(options), relay, asOfRelay: options.relay };
      finish(await explain({ ...asked, elsewhere, kept, method, url, write, warn }));
    });

  program
    .command('test-policy')
    .description('check expected decisions; TAP on standard output, exit code 1 when one differs, 2 for bad input')
    .addOption(configOption())
    .argument('<tests>', 'YAML file with the tests, see docs/policy.md')
    .action(async (testsPath: string, { config }: { config: string }) => {
      finish(await testPolicy({ configPath: config, testsPath, write, warn }));
    });

  addPolicyCommands(program, {
    write,
    warn,
    finish,
    async placeOf(flags) {
      const { relay } = await whoReads(flags);
      if (relay !== null) return { relay };
      if (flags.data !== undefined) return { relay: await requireRelay(flags.data) };
      const loaded = await withStorage(flags.config);
      const { dataDir, redis, storage } = await placeOf(flags);
      const state = { dataDir, redis, storage };
      return { path: loaded.path, inForce: loaded.config, state, shared: sharedPlaceOf(loaded) };
    },
  });

  const configs = program.command('configs').description('the configs that were loaded or refused, without secrets');
  const runConfigs = async (
    flags: PlaceFlags,
    json: boolean,
    action: ConfigsCommandOptions['action'],
  ): Promise<void> => {
    const { dataDir, relay } = await whoReads(flags);
    const isElsewhere = relay === null && flags.data === undefined;
    const shared = isElsewhere ? ((await configsElsewhere(flags.config))?.store ?? null) : null;
    finish(await configsCommand({ dataDir, relay, shared, action, json, write }));
  };
  configs
    .command('list')
    .description('when each was put in force or refused, newest first')
    .addOption(configOption())
    .addOption(dataOption())
    .option('--json', 'one JSON object a line', false)
    .action((flags: { config: string; data?: string; json: boolean }) =>
      runConfigs(flags, flags.json, { type: 'list' }),
    );
  configs
    .command('show')
    .description('the text of one')
    .addOption(configOption())
    .addOption(dataOption())
    .argument('<hash>', 'its hash, or the first characters of it')
    .action((hash: string, flags: { config: string; data?: string }) =>
      runConfigs(flags, false, { type: 'show', hash }),
    );

  const relayOf = async (flags: PlaceFlags): Promise<RunningRelay> => requireRelay(await folderOf(flags));
  const access = program.command('access').description('read and decide requests for access');
  const runAccess = async (
    { json, ...flags }: PlaceFlags & { readonly json: boolean },
    action: AccessCommandOptions['action'],
  ): Promise<void> => {
    finish(await accessCommand({ ...(await relayOrPlace(flags)), action, json, write, warn }));
  };
  withPlace(access.command('list'))
    .description('requests for access, newest first')
    .addOption(
      new Option('--status <status>').choices([
        'pending',
        'approved',
        'refused',
        'cancelled',
        'revoked',
        'expired',
      ] as const),
    )
    .option('--json', 'one JSON object a line', false)
    .action(({ status, ...flags }: PlaceFlags & { status?: AccessRequest['status']; json: boolean }) =>
      runAccess(flags, { type: 'list', ...(status === undefined ? {} : { status }) }),
    );
  for (const type of ['approve', 'refuse', 'revoke'] as const) {
    withPlace(access.command(type))
      .description({ approve: 'grant what was asked for', refuse: 'refuse it', revoke: 'end a grant early' }[type])
      .addOption(reasonOption())
      .option('--json', 'one JSON object', false)
      .argument('<id>')
      .action((id: string, { reason, ...flags }: PlaceFlags & { reason: string; json: boolean }) =>
        runAccess(flags, { type, id, reason }),
      );
  }

  withPlace(access.command('give'))
    .description('give somebody a role that the config offers, without a request; the relay that runs does it')
    .option('--api <id>', 'the API where it counts; all when left out')
    .option('--hours <number>', 'for how long; the most that the config offers when left out')
    .option('--issuer <name>', 'of the sign-in service, for the subject of somebody who wasn’t here yet')
    .addOption(reasonOption())
    .option('--json', 'one JSON object', false)
    .argument('<person>', 'user name, subject or id')
    .argument('<role>')
    .action(
      async (person: string, role: string, flags: PlaceFlags & Omit<GiveAccessOptions, 'relay' | 'write' | 'warn'>) => {
        const { config, data, ...asked } = flags;
        const place = { config, ...(data === undefined ? {} : { data }) };
        const { giveAccess } = await import('../commands/give-access.ts');
        finish(await giveAccess({ ...asked, person, role, relay: await relayOf(place), write, warn }));
      },
    );

  withPlace(program.command('revoke'))
    .description('end all sign-ins of a person, at all relays; exit code 2 when it isn’t clear who is meant')
    .option('--issuer <url>', 'whose subject it is; without it, the person is looked up in the audit')
    .addOption(reasonOption())
    .argument('<who>', 'user name, or subject')
    .action(async (who: string, { issuer, reason, ...flags }: PlaceFlags & { issuer?: string; reason: string }) => {
      finish(await revokeCommand({ ...(await relayOrPlace(flags)), who, issuer, reason, write, warn }));
    });

  addSessionCommands(program, async (flags, rest) => {
    finish(await sessionsCommand({ ...rest, ...(await relayOrPlace(flags)), write, warn }));
  });
  addLockCommands(program, async (flags, rest) => {
    finish(await locksCommand({ ...rest, ...(await relayOrPlace(flags)), write, warn }));
  });

  addBreakGlassCommands(program, reasonOption, async (flags, rest) => {
    const { breakGlassCommand } = await import('../commands/break-glass.ts');
    finish(await askOrOpen(flags, (place) => breakGlassCommand({ ...rest, ...place, write, warn })));
  });
  const signals = program.command('signals').description('providers that send events of sign-ins and accounts');
  withPlace(signals.command('status'))
    .description('how each of them fares; exit code 1 when one can’t be heard')
    .option('--json', 'one JSON object a line', false)
    .action(async ({ json, ...flags }: PlaceFlags & { json: boolean }) => {
      const place = await relayOrPlace(flags);
      const of = 'relay' in place ? place : { ...place, transmitters: place.config.signals };
      finish(await signalsCommand({ ...of, json, write }));
    });

  const keys = program.command('keys').description('the relay’s own keys');
  const replacedKeys = {
    audit: 'let a new key sign the audit from here on; the one so far vouches for it',
    identity: 'put a new key in the place of those that sign identities for APIs, at once, because one has leaked',
  } as const;
  for (const key of ['audit', 'identity'] as const)
    withPlace(keys.command(`replace-${key}`))
      .description(replacedKeys[key])
      .addOption(reasonOption())
      .action(async ({ reason, ...flags }: PlaceFlags & { reason: string }) => {
        const { keysCommand } = await import('../commands/keys.ts');
        finish(await keysCommand({ ...(await relayOrPlace(flags)), key, reason, write }));
      });

  addBackupCommands(program, { configOption, write, finish });
  addRunRelayCommands(program, { relayOf, write, finish });
  addDebugCommands(program, { relayOf, write });

  addAuditCommands(program, { write, finish });

  addReportCommands(
    program,
    write,
    async (file, data) => {
      if (data !== undefined) {
        const { config } = await lastConfig(data);
        const place = { dataDir: data, shared: null };
        return { config: { ...config, relay: { ...config.relay, data } }, usage: openUsageStore(data), place };
      }
      const loaded = await withStorage(file);
      const { config } = loaded;
      const place = { dataDir: config.relay.data, shared: sharedPlaceOf(loaded) };
      return { config, usage: await openCounts(place), place };
    },
    async (flags) => (await whoReads(flags)).relay,
  );

  addStorageCommands(program, {
    configOption,
    write,
    tell: warn,
    sharedPlaceOf,
  });
}

#!/usr/bin/env node
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { pino } from 'pino';
import { AccessError } from '../../shared/errors.ts';
import { tunnelProtocol } from '../../shared/tunnel/protocol.ts';
import { version } from '../../shared/version.ts';
import { adminSocketName } from '../admin/admin-socket.ts';
import { accessCommand, type AccessCommandOptions } from '../commands/access.ts';
import { keysCommand } from '../commands/keys.ts';
import { addBackupCommands } from '../commands/backup/add-backup-commands.ts';
import { addAuditCommands } from '../commands/audit/add-audit-commands.ts';
import { addBreakGlassCommands } from '../commands/break-glass-flags.ts';
import { checkConfig } from '../commands/check-config.ts';
import { configsCommand, type ConfigsCommandOptions } from '../commands/configs.ts';
import { addDebugCommands } from '../commands/debug.ts';
import { explain } from '../commands/explain.ts';
import { type ExplainFlags, explainOptions } from '../commands/explain-flags.ts';
import { addPolicyCommands } from '../commands/policy/add-policy-commands.ts';
import { addReportCommands } from '../commands/report/add-report-commands.ts';
import { addLockCommands } from '../commands/lock-flags.ts';
import { locksCommand } from '../commands/locks.ts';
import { addSessionCommands } from '../commands/session-flags.ts';
import { sessionsCommand } from '../commands/sessions.ts';
import { revokeCommand } from '../commands/revoke.ts';
import { signalsCommand } from '../commands/signals.ts';
import { addStorageCommands } from '../commands/storage/add-storage-commands.ts';
import { testPolicy } from '../commands/test-policy.ts';
import type { Config } from '../config/config-schema.ts';
import { dataFolderOf } from '../config/data-folder.ts';
import { type LoadedConfig, loadConfig } from '../config/load-config.ts';
import { createLog } from './create-log.ts';
import type { AccessRequest } from '../grants/grant.ts';
import { openCounts } from '../reports/open-counts.ts';
import { openUsageStore } from '../reports/sqlite-usage.ts';
import type { KeptState } from '../explain/explain-request.ts';
import { configAt, type ElsewhereKept } from '../revisions/config-at.ts';
import { sharedPlaceOf } from './shared-place.ts';
import { type RedisSettings, redisSettings } from '../shared-state/redis-settings.ts';
import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';

/** The relay's command line: the one place that knows the whole chain. */
async function main(argv: readonly string[]): Promise<number> {
  let exitCode = 0;
  const write = (text: string): void => {
    process.stdout.write(text);
  };
  const configOption = (): Option =>
    new Option('-c, --config <file>', 'configuration file').env('CAUSEWAY_CONFIG').default('relay.yaml');
  const dataOption = (): Option =>
    new Option('--data <folder>', 'data folder of the relay, for who may not read its config');
  const reasonOption = (): Option =>
    new Option('--reason <text>', 'why; recorded with who does it').makeOptionMandatory();
  const program = new Command('causeway-relay')
    .description('Gives employees access to internal APIs: authenticates, decides, records and forwards.')
    .version(`${version} (speaks ${tunnelProtocol}, as app and command line must)`)
    .exitOverride();

  program
    .command('serve', { isDefault: true })
    .description('run the relay')
    .addOption(configOption())
    .allowExcessArguments()
    .action(async ({ config }: { config: string }, { args: [unknown] }: Command) => {
      // A word that names no command comes here, because this is the command for none.
      if (unknown !== undefined) program.error(`error: unknown command '${unknown}'; --help lists the commands`);
      // Only where it is needed: the commands load half of the time.
      exitCode = await (await import('./serve.ts')).serve(config, createLog);
    });

  program
    .command('check-config')
    .description('check a configuration file; exit code 2 when it can’t be used')
    .addOption(configOption())
    .action(async ({ config }: { config: string }) => {
      exitCode = await checkConfig(config, write);
    });

  program
    .command('doctor')
    .description(
      'look at a relay and all that it needs; exit code 0 nothing is wrong, 1 something doesn’t work, 3 warnings',
    )
    .addOption(configOption())
    .option('--json', 'one JSON object', false)
    .action(async ({ config, json }: { config: string; json: boolean }) => {
      const { doctorCommand } = await import('../commands/doctor.ts');
      exitCode = await doctorCommand({
        configPath: resolve(config),
        version,
        socketName: adminSocketName,
        json,
        write,
      });
    });

  program
    .command('explain')
    .description('say how a request would be decided, rule by rule; exit code 0 allow, 3 deny')
    .addOption(configOption())
    .addOption(dataOption())
    .option('--as <who>', 'person that the answer speaks of')
    .option('--groups <groups>', 'groups of the person, separated by commas', '')
    .option('--issuer <name>', 'issuer that the person signed in at; the first one when left out')
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
      exitCode = await explain({ ...explainOptions(options), elsewhere, kept, method, url, write });
    });

  program
    .command('test-policy')
    .description('check expected decisions; TAP on standard output, exit code 1 when one differs, 2 for bad input')
    .addOption(configOption())
    .argument('<tests>', 'YAML file with the tests, see docs/policy.md')
    .action(async (testsPath: string, { config }: { config: string }) => {
      exitCode = await testPolicy({ configPath: config, testsPath, write });
    });

  addPolicyCommands(program, {
    configOption,
    write,
    finish: (code) => void (exitCode = code),
    async placeOf(file) {
      const loaded = await withStorage(file);
      const { config, redis, storage } = await stateOf(file);
      const state = { dataDir: config.relay.data, redis, storage };
      return { path: loaded.path, inForce: loaded.config, state, shared: sharedPlaceOf(loaded) };
    },
  });

  const configs = program.command('configs').description('the configs that were loaded or refused, without secrets');
  const runConfigs = async (
    { config: file, data }: { readonly config: string; readonly data?: string },
    json: boolean,
    action: ConfigsCommandOptions['action'],
  ): Promise<void> => {
    const shared = data === undefined ? ((await configsElsewhere(file))?.store ?? null) : null;
    exitCode = await configsCommand({ dataDir: data ?? (await dataFolderOf(file)), shared, action, json, write });
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

  const access = program.command('access').description('read and decide requests for access');
  const runAccess = async (file: string, json: boolean, action: AccessCommandOptions['action']): Promise<void> => {
    const { config, redis, storage } = await stateOf(file);
    exitCode = await accessCommand({ dataDir: config.relay.data, redis, storage, action, json, write });
  };
  access
    .command('list')
    .addOption(configOption())
    .addOption(
      new Option('--status <status>').choices(['pending', 'approved', 'refused', 'revoked', 'expired'] as const),
    )
    .option('--json', 'one JSON object a line', false)
    .action((options: { config: string; status?: AccessRequest['status']; json: boolean }) =>
      runAccess(options.config, options.json, {
        type: 'list',
        ...(options.status === undefined ? {} : { status: options.status }),
      }),
    );
  for (const type of ['approve', 'refuse', 'revoke'] as const) {
    access
      .command(type)
      .description({ approve: 'grant what was asked for', refuse: 'refuse it', revoke: 'end a grant early' }[type])
      .addOption(configOption())
      .addOption(reasonOption())
      .option('--json', 'one JSON object', false)
      .argument('<id>')
      .action((id: string, options: { config: string; reason: string; json: boolean }) =>
        runAccess(options.config, options.json, { type, id, reason: options.reason }),
      );
  }

  program
    .command('revoke')
    .description('end all sign-ins of a person, at all relays; exit code 2 when it isn’t clear who is meant')
    .addOption(configOption())
    .option('--issuer <url>', 'whose subject it is; without it, the person is looked up in the audit')
    .addOption(reasonOption())
    .argument('<who>', 'user name, or subject')
    .action(async (who: string, options: { config: string; issuer?: string; reason: string }) => {
      const { config, redis, storage } = await stateOf(options.config);
      const { issuer, reason } = options;
      exitCode = await revokeCommand({ dataDir: config.relay.data, redis, storage, who, issuer, reason, write });
    });

  addSessionCommands(program, configOption, async (file, rest) => {
    const { config, redis, storage } = await stateOf(file);
    exitCode = await sessionsCommand({ ...rest, config, redis, storage, write });
  });
  addLockCommands(program, configOption, async (file, rest) => {
    const { config, redis, storage } = await stateOf(file);
    exitCode = await locksCommand({ ...rest, config, redis, storage, write });
  });

  addBreakGlassCommands(program, { configOption, reasonOption }, async (file, rest) => {
    const { config, redis, storage } = await stateOf(file);
    const { breakGlassCommand } = await import('../commands/break-glass.ts');
    exitCode = await breakGlassCommand({ ...rest, config, redis, storage, write });
  });
  program
    .command('signals')
    .description('providers that send events of sign-ins and accounts')
    .command('status')
    .description('how each of them fares; exit code 1 when one can’t be heard')
    .addOption(configOption())
    .option('--json', 'one JSON object a line', false)
    .action(async ({ config: file, json }: { config: string; json: boolean }) => {
      const { config, storage } = await stateOf(file);
      const { data: dataDir } = config.relay;
      exitCode = await signalsCommand({ dataDir, storage, transmitters: config.signals, json, write });
    });

  program
    .command('keys')
    .description('the relay’s own keys')
    .command('replace-identity')
    .description('put a new key in the place of those that sign identities for APIs, at once, because one has leaked')
    .addOption(configOption())
    .addOption(reasonOption())
    .action(async ({ config: file, reason }: { config: string; reason: string }) => {
      const { config, storage } = await stateOf(file);
      exitCode = await keysCommand({ dataDir: config.relay.data, storage, reason, write });
    });

  addBackupCommands(program, { configOption, write, finish: (code) => void (exitCode = code) });
  addDebugCommands(program, { configOption, dataFolderOf, write });

  addAuditCommands(program, { configOption, write, finish: (code) => void (exitCode = code) });

  addReportCommands(program, write, async (file, data) => {
    if (data !== undefined) {
      const { config } = (await configAt(data, Date.now())).loaded;
      const place = { dataDir: data, shared: null };
      return { config: { ...config, relay: { ...config.relay, data } }, usage: openUsageStore(data), place };
    }
    const loaded = await withStorage(file);
    const { config } = loaded;
    const place = { dataDir: config.relay.data, shared: sharedPlaceOf(loaded) };
    return { config, usage: await openCounts(place), place };
  });

  addStorageCommands(program, {
    configOption,
    write,
    tell: (text) => void process.stderr.write(text),
    sharedPlaceOf,
  });

  await program.parseAsync(argv);
  return exitCode;
}

interface StatePlace {
  readonly config: Config;
  readonly redis: RedisSettings | undefined;
  readonly storage: PostgresSettings | undefined;
}

/** Where the state of a relay is: its data folder and, when relays share it, their Redis or storage. */
async function stateOf(file: string): Promise<StatePlace> {
  const { config } = await loadConfig(file, { files: 'skip' });
  if (config.shared_state.store !== 'redis' && config.storage === undefined)
    return { config, redis: undefined, storage: undefined };
  // Their addresses may be secrets, which only a config with its files says.
  const whole = await loadConfig(file);
  return { config, redis: redisSettings(whole.config), storage: whole.storage };
}

/** A config, with its files only where the address of a storage, which may be a secret, is in them. */
async function withStorage(file: string): Promise<LoadedConfig> {
  const loaded = await loadConfig(file, { files: 'skip' });
  return loaded.config.storage === undefined ? loaded : loadConfig(file);
}

/** Locks and grants of relays that share a storage. Who may read the rules need not be able to read what is there. */
async function stateElsewhere(file: string): Promise<KeptState | undefined> {
  const unlessUnusable = (error: unknown): undefined => {
    if (!(error instanceof AccessError)) throw error;
  };
  const rules = await loadConfig(file, { files: 'skip' }).catch(unlessUnusable);
  if (rules?.config.storage === undefined) return undefined;
  const { keptInStorage } = await import('../stored/kept-in-storage.ts');
  return keptInStorage((await loadConfig(file).catch(unlessUnusable))?.storage);
}

/** The configs of the past of this relay, or of another, where relays share a storage. */
async function configsElsewhere(file: string, asked?: string): Promise<ElsewhereKept | undefined> {
  const place = await withStorage(file).then(sharedPlaceOf, (error: unknown) => {
    // What was in force before is of interest just when what there is now can't be used.
    if (asked !== undefined) throw error;
    return null;
  });
  if (place === null) {
    if (asked === undefined) return undefined;
    throw new AccessError(
      'bad-input',
      '--relay names one of several relays: the config has no “storage” that they share.',
    );
  }
  const { openSharedRevisions } = await import('../revisions/open-shared-revisions.ts');
  const log = pino({ level: 'silent' });
  return {
    store: openSharedRevisions({ ...place, relay: asked ?? place.relay }, log),
    isAskedFor: asked !== undefined,
  };
}

try {
  process.exitCode = await main(process.argv);
} catch (error) {
  const commander = error as { code?: string; exitCode?: number };
  if (commander.code?.startsWith('commander.') === true) {
    process.exitCode = commander.exitCode === 0 ? 0 : 2;
  } else {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    // What has begun by then (clocks, questions to providers) must not keep a relay that can't serve alive.
    process.exit(error instanceof AccessError && (error.code === 'bad-config' || error.code === 'bad-input') ? 2 : 1);
  }
}

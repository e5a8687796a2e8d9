import { type Command, Option } from 'commander';
import { AccessError } from '../../../shared/errors.ts';
import type { AuditPlace } from '../../audit/shared/open-source.ts';
import type { Cursor } from '../../audit/reading/audit-source.ts';
import type { ConfiguredNames } from '../../audit/reading/known-names.ts';
import { type FilterTexts, readCount, readCursor, readFilters } from '../../audit/reading/read-filters.ts';
import type { Config } from '../../config/config-schema.ts';
import { loadConfig } from '../../config/load-config.ts';
import { lastConfig } from '../../revisions/config-at.ts';
import { sinksToLookAt } from '../../sinks/sinks-to-look-at.ts';
import { folderOf, type PlaceFlags as FolderFlags, withPlace } from '../place-flags.ts';
import { findRelay } from '../running-relay.ts';
import { proveCommand, verifyAtRelay, verifyCommand, verifySharedCommand } from '../verify-audit.ts';
import { whoReads } from '../who-reads.ts';
import { eraseCommand, type ErasePlace } from './erase.ts';
import { exportAudit, type ExportFormat, exportFormats } from './export.ts';
import { addFilterOptions } from './filter-options.ts';
import { listAudit, type ListOptions } from './list.ts';
import { sinksCommand } from './sinks.ts';
import { tailAudit } from './tail.ts';

/** What the commands have from the program they belong to. */
export interface AuditCommandsContext {
  readonly write: (text: string) => void;
  /** Takes the exit code. */
  readonly finish: (exitCode: number) => void;
}

interface PlaceFlags extends FolderFlags {
  readonly relay?: string;
}

interface VerifyFlags {
  readonly verifierKey?: string;
  readonly checkpoints?: string;
  readonly state?: string;
  readonly full: boolean;
  readonly json: boolean;
}

interface EraseFlags {
  readonly person: string;
  readonly issuer?: string;
  readonly reason: string;
  readonly json: boolean;
}

/** Adds `audit` with all that reads it. */
export function addAuditCommands(program: Command, { write, finish }: AuditCommandsContext): void {
  const warn = (text: string): void => {
    process.stderr.write(text);
  };
  const audit = program.command('audit').description('read the audit');
  const command = (name: string, description: string): Command =>
    withPlace(audit.command(name).description(description));
  const onlyRelay = 'only of this relay, where several share a storage';
  const reading = (name: string, description: string): Command =>
    addFilterOptions(command(name, description)).option('--relay <id>', onlyRelay);

  reading('list', 'show the newest records, page by page')
    .option('--limit <count>', 'records to show', '100')
    .option('--cursor <cursor>', 'go on behind a page that ended with this')
    .option('--json', 'one JSON object a line', false)
    .action(async (flags: FilterTexts & PlaceFlags & { limit: string; cursor?: string; json: boolean }) => {
      const filters = readFilters(flags, Date.now());
      const limit = readCount(flags.limit, 'limit', 100_000);
      const cursor = cursorOf(flags.cursor);
      finish(
        await listAudit({ ...(await relayOrPlace(flags)), ...cursor, filters, limit, json: flags.json, write, warn }),
      );
    });

  reading('tail', 'show the newest records, then those that are written')
    .option('--limit <count>', 'records to begin with', '10')
    .option('--json', 'one JSON object a line', false)
    .action(async (flags: FilterTexts & PlaceFlags & { limit: string; json: boolean }) => {
      const filters = readFilters(flags, Date.now());
      const limit = readCount(flags.limit, 'limit', 100_000);
      const ending = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
      const { signal } = ending;
      finish(await tailAudit({ ...(await relayOrPlace(flags)), filters, limit, json: flags.json, write, signal }));
    });

  reading('export', 'write all records in their order')
    .option('--cursor <cursor>', 'from the record behind this one on')
    .addOption(
      new Option('--format <format>', 'records as they are stored, or OCSF events')
        .choices(exportFormats)
        .default('jsonl'),
    )
    .option('--out <file>', 'a new file; standard output when left out')
    .action(async (flags: FilterTexts & PlaceFlags & { cursor?: string; format: ExportFormat; out?: string }) => {
      const filters = readFilters(flags, Date.now());
      const out = flags.out === undefined ? {} : { out: flags.out };
      const from = { ...(await relayOrPlace(flags)), ...cursorOf(flags.cursor), ...out };
      finish(await exportAudit({ ...from, filters, format: flags.format, stdout: process.stdout, warn }));
    });

  command('verify', 'check the records and their signed checkpoints; exit code 1 when they are broken')
    .option('--relay <id>', onlyRelay)
    .option('--verifier-key <file>', 'file with the verifier key, kept elsewhere, or its line')
    .option('--checkpoints <file>', 'file with checkpoints that were kept elsewhere; everything is checked')
    .option('--state <file>', 'where to keep what was found, from which the next time goes on')
    .option('--full', 'check everything, also what was found whole before', false)
    .option('--json', 'one JSON object', false)
    .action(async (flags: VerifyFlags & PlaceFlags) => {
      const { verifierKey, checkpoints, state, full, json } = flags;
      const asked = { verifierKey, checkpoints, state, full, json, write };
      const { dataDir, relay } = await whoReads(flags, 'itself');
      if (relay !== null) {
        finish(await verifyAtRelay({ dataDir, ...asked }, relay, flags.relay));
        return;
      }
      const { shared } = await placeOf(flags);
      finish(shared === undefined ? verifyCommand({ dataDir, ...asked }) : await verifySharedCommand(asked, shared));
    });

  command('prove', 'prove that a record is in the audit, or that the audit goes on from an earlier checkpoint')
    .option('--relay <id>', 'from what “storage” has of this relay, also when its folder is gone')
    .option('--from <count>', 'number of records of the earlier checkpoint')
    .option('--json', 'one JSON object', false)
    .argument('[record]', 'number of the record')
    .action(async (seq: string | undefined, flags: PlaceFlags & { from?: string; json: boolean }) => {
      const asked = { seq, from: flags.from, json: flags.json, write };
      const { dataDir, relay } = await whoReads(flags, 'itself');
      if (relay !== null) {
        finish(await proveCommand({ dataDir, relay, only: flags.relay, ...asked }));
        return;
      }
      const { shared } = await placeOf(flags);
      const only = flags.relay ?? (await idWithoutFolder(flags));
      const log = shared === undefined || only === undefined ? undefined : { ...shared, relay: only };
      finish(await proveCommand({ dataDir, shared: log, ...asked }));
    });

  command('erase', 'throw a person’s key away, so that nobody can read who it was; exit code 2 when that isn’t clear')
    .requiredOption('--person <name>', 'user name, or subject')
    .option('--issuer <url>', 'whose subject it is, when several people are called so')
    .requiredOption('--reason <text>', 'why, without the name; recorded, with who you are')
    .option('--json', 'one JSON object', false)
    .action(async (flags: PlaceFlags & EraseFlags) => {
      const { person: who, issuer, reason, json } = flags;
      const relay = await findRelay(await folderOf(flags));
      const place = relay === null ? await keysPlaceOf(flags) : { relay };
      finish(await eraseCommand({ ...place, who, issuer, reason, json, write }));
    });

  command(
    'sinks',
    'say how far the audit is in “storage” and at each sink; exit code 1 when one is late, or wants no more',
  )
    .option('--json', 'one JSON object a line', false)
    .action(async ({ json, ...flags }: PlaceFlags & { json: boolean }) => {
      const { dataDir, relay } = await whoReads(flags);
      const of = relay === null ? { dataDir, sinks: sinksToLookAt(await configOf(flags)) } : { relay };
      finish(await sinksCommand({ ...of, json, write }));
    });
}

/** By its file, or what was in force last at the data folder that is named. */
async function configOf({ config: file, data }: FolderFlags): Promise<Pick<Config, 'audit' | 'storage'>> {
  if (data !== undefined) return (await lastConfig(data)).config;
  return (await loadConfig(file, { files: 'skip' })).config;
}

function cursorOf(text: string | undefined): { readonly cursor?: Cursor } {
  const cursor = readCursor(text);
  return cursor === undefined ? {} : { cursor };
}

/** The id of a relay whose log is in the storage alone; undefined for one that has it in a folder. */
async function idWithoutFolder({ config: file, data }: PlaceFlags): Promise<string | undefined> {
  if (data !== undefined) return undefined;
  const { config } = await loadConfig(file, { files: 'skip' });
  return config.audit.durable === 'database' ? config.relay.id : undefined;
}

/** Where keys of people are: in the storage that the config names, or a data folder; and whether Redis has sessions, too. */
async function keysPlaceOf({ config: file, data }: PlaceFlags): Promise<ErasePlace> {
  if (data !== undefined) return { dataDir: data, isShared: false };
  const { config } = await loadConfig(file, { files: 'skip' });
  const dataDir = config.relay.data;
  if (config.storage === undefined) return { dataDir, isShared: config.shared_state.store === 'redis' };
  return { dataDir, storage: (await loadConfig(file)).storage, isShared: false };
}

/** The relay that runs; otherwise what {@link placeOf} says. */
async function relayOrPlace(
  flags: PlaceFlags,
): Promise<AuditPlace & Pick<ListOptions, 'relay' | 'only' | 'configured'>> {
  const { dataDir, relay } = await whoReads(flags, 'asking');
  return relay === null ? placeOf(flags) : { dataDir, relay, only: flags.relay };
}

/** The storage that the config names, or a data folder: that of the config, or the one that is given. */
async function placeOf({
  config: file,
  data,
  relay,
}: PlaceFlags): Promise<AuditPlace & { configured?: ConfiguredNames }> {
  if (data !== undefined && relay !== undefined)
    throw new AccessError('bad-input', 'A data folder is of one relay: --data and --relay don’t go together.');
  if (data !== undefined) return { dataDir: data };
  const { config } = await loadConfig(file, { files: 'skip' });
  const rules = config.apis.flatMap((api) => api.rules.map(({ name }) => name));
  const place = { dataDir: config.relay.data, configured: { apis: config.apis.map(({ id }) => id), rules } };
  if (config.storage === undefined) {
    if (relay === undefined) return place;
    throw new AccessError(
      'bad-input',
      'The config names no “storage”: its audit is that of one relay, without --relay.',
    );
  }
  // Its address may be a secret, which only a config with its files says.
  const { storage } = await loadConfig(file);
  return storage === undefined ? place : { ...place, shared: { storage, relay } };
}

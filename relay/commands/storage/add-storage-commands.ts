import type { Command, Option } from 'commander';
import { AccessError } from '../../../shared/errors.ts';
import { loadConfig } from '../../config/load-config.ts';
import { lookAtMove, moveToPostgres } from '../../move/move-to-postgres.ts';
import type { MovedCount } from '../../move/move-storage.ts';
import type { MovePlace } from '../../move/moved-part.ts';

interface MoveFlags {
  readonly config: string;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** What the commands are given by the program that they are part of. */
export interface StorageCommandParts {
  readonly configOption: () => Option;
  readonly write: (text: string) => void;
  /** For what goes on meanwhile, which is no part of the answer. */
  readonly tell: (text: string) => void;
  /** The storage of a config and the relay's id there; null without. */
  readonly sharedPlaceOf: (loaded: Awaited<ReturnType<typeof loadConfig>>) => Omit<MovePlace, 'dataDir'> | null;
}

/** How often a line says how far a move is. */
const tellEveryMs = 1000;

/** Adds `storage …` to the relay's command line. */
export function addStorageCommands(program: Command, parts: StorageCommandParts): void {
  const { configOption, write, tell, sharedPlaceOf } = parts;
  const storage = program.command('storage').description('where relays keep what must not be lost');
  storage
    .command('move')
    .description(
      'take what relay.data keeps to the PostgreSQL that “storage” names, while the relay is stopped; may be run again at any time',
    )
    .addOption(configOption())
    .option('--dry-run', 'only say what there is to move', false)
    .option('--json', 'one JSON object', false)
    .action(async ({ config: file, dryRun, json }: MoveFlags) => {
      const loaded = await loadConfig(file);
      const shared = sharedPlaceOf(loaded);
      if (shared === null)
        throw new AccessError('bad-input', `${file} names no “storage” to move to. See docs/storage.md.`);
      const place = { ...shared, dataDir: loaded.config.relay.data };
      const moved = dryRun ? await lookAtMove(place) : await moveToPostgres(place, progress(tell));
      write(
        json
          ? `${JSON.stringify({ relay: place.relay, moved: !dryRun, parts: moved })}\n`
          : words(place, moved, dryRun),
      );
    });
}

function progress(tell: (text: string) => void): (part: string, soFar: number, of: number) => void {
  let toldMs = 0;
  return (part, soFar, of) => {
    if (soFar < of && performance.now() - toldMs < tellEveryMs) return;
    toldMs = performance.now();
    tell(`${part}: ${soFar} of ${of}\n`);
  };
}

function words({ dataDir, postgres, relay }: MovePlace, moved: readonly MovedCount[], isDryRun: boolean): string {
  const rows = moved.map(({ name, inFolder, before, after }) => [name, inFolder, before, after].map(String));
  const heads = ['', 'in the folder', 'in the storage before', 'in the storage now'];
  const table = [heads, ...rows].map((cells) => (isDryRun ? cells.slice(0, 3) : cells));
  const widths = heads.map((_, column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0)));
  const lines = table.map((cells) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  const { host, port, database } = postgres;
  return [
    `${dataDir} → ${host}:${port}/${database}, relay ${relay}`,
    ...lines,
    isDryRun ? 'Nothing was changed. Without --dry-run it is moved.' : 'All of it is in the storage. Start the relay.',
    '',
  ].join('\n');
}

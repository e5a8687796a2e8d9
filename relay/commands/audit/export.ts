import { createWriteStream, openSync } from 'node:fs';
import { once } from 'node:events';
import { AccessError } from '../../../shared/errors.ts';
import { jsonLine } from '../../audit/reading/json-line.ts';
import { ocsfLine } from '../../audit/reading/ocsf.ts';
import { type ListOptions, sourceOf } from './list.ts';

/** JSON Lines of the records as they are stored, or OCSF events. */
export const exportFormats = ['jsonl', 'ocsf'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** What `relay audit export` was asked. Records come in their order, from the one after `cursor` on. */
export interface ExportOptions extends Omit<ListOptions, 'json' | 'limit' | 'write'> {
  readonly format?: ExportFormat;
  /** A new file, which only its owner may read; standard output when left out. */
  readonly out?: string;
  readonly stdout: NodeJS.WritableStream;
}

const bytesAtOnce = 262_144;

/**
 * Writes all matching records in their order, as fast as they are taken, and says how many and how to go on from there.
 * @throws AccessError `bad-input` when the audit can't be read, a name isn't in it, or the file exists
 */
export async function exportAudit(options: ExportOptions): Promise<number> {
  const { filters, cursor, warn } = options;
  const lineOf = options.format === 'ocsf' ? ocsfLine : jsonLine;
  const source = await sourceOf(options);
  try {
    await source.requireKnownNames(filters, options.configured);
    const out = options.out === undefined ? options.stdout : createNewFile(options.out);
    let count = 0;
    let text = '';
    for await (const some of source.inOrder(filters, cursor)) {
      count += some.length;
      for (const lines of some) text += lineOf(lines);
      if (text.length < bytesAtOnce) continue;
      if (!out.write(text)) await once(out, 'drain');
      text = '';
    }
    if (text !== '' && !out.write(text)) await once(out, 'drain');
    if (options.out !== undefined) {
      out.end();
      await once(out, 'finish');
    }
    warn(`${count} records are exported. What comes later: --cursor ${source.end(cursor)}\n`);
    return 0;
  } finally {
    await source.close();
  }
}

function createNewFile(path: string): NodeJS.WritableStream {
  try {
    return createWriteStream(path, { fd: openSync(path, 'wx', 0o600) });
  } catch (error) {
    throw new AccessError(
      'bad-input',
      `${path} can’t be made: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AccessError } from '../../shared/errors.ts';
import { shownText, terminalText } from '../../shared/shown-text.ts';
import {
  type ListedRevision,
  openRevisionStore,
  revisionFile,
  type RevisionStore,
} from '../revisions/revision-store.ts';

/** What `relay configs` was asked. */
export interface ConfigsCommandOptions {
  readonly dataDir: string;
  /** `show` takes a hash, or its first characters. */
  readonly action: { readonly type: 'list' } | { readonly type: 'show'; readonly hash: string };
  /** For `list`: one JSON object a line. */
  readonly json: boolean;
  /** The configs of all relays, where they share a storage. */
  readonly shared: RevisionStore | null;
  readonly write: (text: string) => void;
}

/**
 * Lists the configs that a relay, or all that share a storage, loaded or refused, newest first, or shows the text of one without secrets. Exit code 0.
 * @throws AccessError `bad-input` when none is kept, or none or several have that hash
 */
export async function configsCommand(options: ConfigsCommandOptions): Promise<number> {
  const { dataDir, shared, action, json, write } = options;
  if (shared === null && !existsSync(join(dataDir, revisionFile)))
    throw new AccessError('bad-input', `No config is kept in ${dataDir}.`);
  const store = shared ?? openRevisionStore(dataDir);
  try {
    if (action.type === 'list') list(await store.list(), json, write);
    else write(terminalText(await textOf(store, action.hash)));
    return 0;
  } finally {
    store.close();
  }
}

function list(revisions: readonly ListedRevision[], json: boolean, write: (text: string) => void): void {
  for (const event of revisions) {
    const time = new Date(event.timeMs).toISOString();
    const relay = event.relay === undefined ? '' : `${event.relay}  `;
    const gone = event.isKept ? '' : '  (text no longer kept)';
    const line = `${time}  ${relay}${event.event.padEnd(7)}  ${event.hash.slice(0, 12)}  ${shownText(event.file)}${gone}`;
    write(json ? `${JSON.stringify(event)}\n` : `${line}\n`);
  }
}

async function textOf(store: RevisionStore, hash: string): Promise<string> {
  const found = /^[0-9a-f]{4,64}$/.test(hash) ? await store.textsOf(hash) : [];
  const [text, ...others] = found;
  if (text === undefined)
    throw new AccessError(
      'bad-input',
      `No text is kept whose hash begins with “${hash.slice(0, 64)}”, or it was changed.`,
    );
  if (others.length > 0)
    throw new AccessError('bad-input', `${found.length} hashes begin with “${hash}”. Give more of it.`);
  return text.endsWith('\n') ? text : `${text}\n`;
}

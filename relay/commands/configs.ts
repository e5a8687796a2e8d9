import { AccessError } from '../../shared/errors.ts';
import { shownText, terminalText } from '../../shared/shown-text.ts';
import { keptRevisions, revisionText } from '../revisions/kept-revisions.ts';
import type { ListedRevision, RevisionStore } from '../revisions/revision-store.ts';
import type { RunningRelay } from './running-relay.ts';

const path = '/admin/v1/configs';

/** What `relay configs` was asked. */
export interface ConfigsCommandOptions {
  readonly dataDir: string;
  /** `show` takes a hash, or its first characters. */
  readonly action: { readonly type: 'list' } | { readonly type: 'show'; readonly hash: string };
  /** For `list`: one JSON object a line. */
  readonly json: boolean;
  /** The configs of all relays, where they share a storage. */
  readonly shared: RevisionStore | null;
  /** The one that is asked, where one runs. */
  readonly relay?: RunningRelay | null;
  readonly write: (text: string) => void;
}

/**
 * Lists the configs that a relay, or all that share a storage, loaded or refused, newest first, or shows the text of one
 * without secrets. Exit code 0.
 * @throws AccessError `bad-input` when none is kept, or none or several have that hash
 */
export async function configsCommand(options: ConfigsCommandOptions): Promise<number> {
  const { dataDir, shared, relay = null, action, json, write } = options;
  if (action.type === 'show' && !/^[0-9a-f]{4,64}$/.test(action.hash))
    throw new AccessError(
      'bad-input',
      `“${action.hash}” isn’t the hash of a config, or the first four or more characters of one. “configs list” has them.`,
    );
  if (relay !== null) {
    if (action.type === 'list') {
      const { configs } = (await relay.get(path)) as { readonly configs: readonly ListedRevision[] };
      list(configs, json, write);
    } else {
      const { text } = (await relay.get(`${path}/${encodeURIComponent(action.hash)}`)) as { readonly text: string };
      write(terminalText(text));
    }
    return 0;
  }
  const store = keptRevisions(dataDir, shared);
  try {
    if (action.type === 'list') {
      const configs = await store.list();
      list(configs, json, write);
      if (configs.length === 0 && !json) write('No config is kept in the storage.\n');
    } else write(terminalText(await revisionText(store, action.hash)));
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

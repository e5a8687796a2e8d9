import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { publicKeyText, readFeedKey } from '../../client/updates/minisign.ts';
import { version } from '../../shared/version.ts';
import { readNotes, signFeed } from './sign-feed.ts';
import { verifyFeed } from './verify-feed.ts';

// `npm run sign-feed -- DIR`: writes and signs the metadata by which the app updates itself, for the installers in a folder.
// The key comes from `CAUSEWAY_FEED_KEY` (PEM) or the file that `--key` names: never as an argument. `--public-key` prints
// what a build gets as `CAUSEWAY_UPDATE_KEYS`; `--where-key` signs nothing where there is no key. Exit codes: 0 signed and looked at again; 1 it failed; 2 not understood.
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    key: { type: 'string' },
    'public-key': { type: 'boolean', default: false },
    channel: { type: 'string', default: 'stable' },
    rollout: { type: 'string', default: '100' },
    days: { type: 'string', default: '60' },
    notes: { type: 'string' },
    'notes-de': { type: 'string' },
    'minimum-system': { type: 'string' },
    'where-key': { type: 'boolean', default: false },
  },
});

const [folder] = positionals;
const key = await readKey();
if (options['public-key']) console.log(publicKeyText(key));
else await sign();

async function sign(): Promise<void> {
  const stagingPercentage = Number(options.rollout);
  const validDays = Number(options.days);
  const isRollout = stagingPercentage >= 0 && stagingPercentage <= 100;
  const isSpan = Number.isInteger(validDays) && validDays >= 1 && validDays <= 400;
  if (folder === undefined || options.notes === undefined || !isRollout || !isSpan) {
    fail(
      2,
      'npm run sign-feed -- DIR --notes FILE [--notes-de FILE] [--channel stable] [--rollout 0-100] [--days 1-400]',
    );
  }
  const notes = await readNotes(options.notes, options['notes-de']);
  const system = options['minimum-system'];
  const nowMs = Date.now();
  const written = await signFeed(
    folder,
    {
      version,
      channel: options.channel,
      stagingPercentage,
      notes,
      validDays,
      nowMs,
      ...(system === undefined ? {} : { minimumSystemVersion: system }),
    },
    key,
  );
  for (const name of written) console.log(name);
  const problems = await verifyFeed(folder, { keys: [readFeedKey(publicKeyText(key))], version, nowMs });
  if (problems.length > 0) fail(1, problems.join('\n'));
}

async function readKey(): Promise<KeyObject> {
  const pem = options.key === undefined ? process.env['CAUSEWAY_FEED_KEY'] : await readFile(options.key, 'utf8');
  if (!pem && options['where-key']) {
    console.log('There is no key for a feed: this release has none.');
    process.exit(0);
  }
  if (!pem) return fail(2, 'CAUSEWAY_FEED_KEY holds no key, and --key names no file with one.');
  return createPrivateKey(pem);
}

function fail(code: number, words: string): never {
  console.error(words);
  process.exit(code);
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSessionStore } from '../../relay/sessions/session-store.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from '../relay/config/config-folder.ts';
import { codesIn, readProjectFile, sectionOf, tableIn } from './read-docs.ts';

const page = readProjectFile('docs/sessions.md');
const commands = ['## Sessions', '## Locks'].flatMap((heading) =>
  tableIn(sectionOf(page, heading)).flatMap(({ command = '' }) =>
    codesIn(command).map((code) => code.replace(/^npm run relay -- /, '')),
  ),
);
const relay = fileURLToPath(new URL('../../relay/start/main.ts', import.meta.url));
let folder: ConfigFolder;
let configPath: string;

beforeAll(async () => {
  folder = await openConfigFolder();
  const config = minimalConfig({ relay: '  data: data' }).replace('name: SSO', 'name: Example Company');
  configPath = await folder.write('relay.yaml', config);
  const store = openSessionStore(folder.file('data'));
  const nowMs = Date.now();
  store.put([
    {
      id: 'sX3kq0Zr1vWbYt2',
      kind: 'person',
      issuer: 'http://127.0.0.1:9000',
      provider: 'Example Company',
      subject: '8f2c',
      username: 'alice',
      device: { id: 'd1', name: 'Alices-Laptop', system: 'linux', appVersion: '1.0.0' },
      acr: null,
      signedInAtMs: null,
      binding: 'key',
      tokenId: null,
      issuedAtMs: nowMs,
      sinceMs: nowMs,
      lastUsedAtMs: nowMs,
      addresses: { '10.0.0.1': nowMs },
      apis: { orders: nowMs },
      tunnels: {},
    },
  ]);
  store.close();
});
afterAll(() => folder.close());

async function run(words: readonly string[]): Promise<[number, string]> {
  const child = spawn(process.execPath, [relay, ...words, '-c', configPath], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return [Number(code), output + errors];
}

/** The words of a command line as a shell would give them. */
const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');

test('the page shows every command of sessions and locks', () => {
  const shown = new Set(commands.map((line) => wordsOf(line).slice(0, 2).join(' ')));
  expect([...shown].toSorted()).toEqual(['locks add', 'locks list', 'locks remove', 'sessions end', 'sessions list']);
});

test('each command on the page does what it says', { timeout: 120_000 }, async () => {
  let lastLock = '';
  for (const line of commands) {
    const [code, output] = await run(wordsOf(line.replace(/\bID\b/, lastLock)));
    expect([line, code, output]).toEqual([line, 0, expect.not.stringContaining('waits in the data folder')]);
    if (line.startsWith('locks add')) {
      lastLock = /^\S+/.exec(output)?.[0] ?? '';
      const words = wordsOf(line);
      expect(output).toContain(words[words.indexOf('--reason') + 1]);
    } else if (line.startsWith('locks list')) expect(output.trim().split('\n')).toHaveLength(7);
    else if (line.startsWith('sessions')) expect(output).toContain('Alices-Laptop');
    else expect(output).toContain('removed');
  }
});

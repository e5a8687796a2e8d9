import { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addLockCommands } from '../../relay/commands/lock-flags.ts';
import { locksCommand } from '../../relay/commands/locks.ts';
import { addSessionCommands } from '../../relay/commands/session-flags.ts';
import { sessionsCommand } from '../../relay/commands/sessions.ts';
import { openSessionStore } from '../../relay/sessions/session-store.ts';
import { relayOrPlace } from '../../relay/start/command-place.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from '../relay/config/config-folder.ts';
import { runRelayCommand, shellWords } from '../support/run-relay-command.ts';
import { commandsOf } from './page-commands.ts';

const commands = commandsOf('sessions and locks');
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
      device: {
        id: 'd1',
        name: 'Alices-Laptop',
        system: 'linux',
        appVersion: '1.0.0',
        attributes: { asset: 'PC-4711' },
      },
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

/** A command as the relay's command line has it, within this process. */
async function runHere(words: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
  let [code, said] = [-1, ''];
  const write = (text: string): void => void (said += text);
  const program = new Command('causeway-relay').exitOverride();
  addSessionCommands(program, async (flags, rest) => {
    code = await sessionsCommand({ ...rest, ...(await relayOrPlace(flags)), write });
  });
  addLockCommands(program, async (flags, rest) => {
    code = await locksCommand({ ...rest, ...(await relayOrPlace(flags)), write });
  });
  await program.parseAsync([...words], { from: 'user' });
  return { code, said };
}

test('the page shows every command of sessions and locks', () => {
  const shown = new Set(commands.map((line) => shellWords(line).slice(0, 2).join(' ')));
  expect([...shown].toSorted()).toEqual(['locks add', 'locks list', 'locks remove', 'sessions end', 'sessions list']);
});

test('each command on the page does what it says', { timeout: 120_000 }, async () => {
  let lastLock = '';
  // One stands for all that the command line itself does; the others needn't load all of the relay once more each.
  let isFirst = true;
  for (const line of commands) {
    const given = shellWords(line.replace(/\bID\b/, lastLock));
    const inProcess = isFirst ? runRelayCommand : runHere;
    isFirst = false;
    const { code, said: output } = await inProcess([...given, '-c', configPath]);
    expect([line, code, output]).toEqual([line, 0, expect.not.stringContaining('waits in the data folder')]);
    if (line.startsWith('locks add')) {
      lastLock = /^\S+/.exec(output)?.[0] ?? '';
      const words = shellWords(line);
      expect(output).toContain(words[words.indexOf('--reason') + 1]);
    } else if (line.startsWith('locks list')) {
      expect(output.trim().split('\n')).toHaveLength(8);
      expect(output).toContain('the person 8f2c at http://127.0.0.1:9000 (alice), ');
    } else if (line.startsWith('sessions'))
      expect(output).toContain('"Alices-Laptop", "linux", Causeway "1.0.0", says of itself "asset"="PC-4711"');
    else expect(output).toContain('removed');
  }
});

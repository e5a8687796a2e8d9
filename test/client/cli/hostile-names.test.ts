import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { keptCode } from '../../../build/kept-code.ts';
import { type Idp, startIdp } from '../../support/idp/start-idp.ts';
import { signInWithoutBrowser } from '../../support/sign-in-without-browser.ts';
import { type SmallRelay, startSmallRelay } from '../support/small-relay.ts';

vi.setConfig({ testTimeout: 60_000 });

const cli = join(import.meta.dirname, '../../../client/cli.ts');
const hostile = 'Acme\u001b]0;owned\u0007\u001b[2J\u009b31m\u202Egpj.exe\r\nSigned in as root';
let idp: Idp;
let relay: SmallRelay;
let folder: string;

beforeAll(async () => {
  idp = await startIdp({ audience: 'https://relay.example.com' });
  relay = await startSmallRelay({ name: hostile, issuer: idp.issuer, clientId: idp.clientId });
  relay.answer({ discovery: { name: hostile } });
  folder = await mkdtemp(join(tmpdir(), 'causeway-hostile-'));
});

afterAll(async () => {
  await relay.close();
  await idp.close();
  await rm(folder, { recursive: true, force: true });
});

/** All that a command writes, to both of its streams. */
async function said(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [cli, ...args, '--no-browser', '--state-dir', join(folder, 'state')], {
    env: { ...keptCode, PATH: process.env['PATH'], HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  child.stdout.on('data', (chunk: Buffer) => {
    const [url] = /http:\/\/[^\s"]+\/auth\?[^\s"]*/.exec(chunk.toString()) ?? [];
    if (url !== undefined) void signInWithoutBrowser(url, { user: 'alice' });
  });
  const both = await Promise.all([text(child.stdout), text(child.stderr)]);
  await closed;
  return both.join('\n');
}

test.each([
  ['login', (url: string) => ['login', url]],
  ['login --json', (url: string) => ['login', url, '--json']],
  ['doctor', (url: string) => ['doctor', url]],
  ['doctor --json', (url: string) => ['doctor', url, '--json']],
  ['login --issuer', (url: string) => ['login', url, '--issuer', 'another']],
])('a relay’s name can’t steer the terminal: %s', async (_command, args) => {
  const output = await said(args(relay.url));
  expect(output).toContain('Acme');
  expect(output).not.toMatch(/[^\P{Cc}\n\t]|\u202E/u);
  expect(output.split('\n')).not.toContain('Signed in as root');
});

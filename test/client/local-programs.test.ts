import { execFile } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startMatrixGrpcServer } from '../matrix/matrix-grpc-server.ts';
import { type PipelineWorld, startPipelineWorld } from '../relay/pipeline/pipeline-world.ts';
import { freePort } from '../support/free-port.ts';
import { findProgram, hasPythonModule } from '../support/install-programs.ts';
import { signInWithoutBrowser } from '../support/sign-in-without-browser.ts';
import { type EchoUpstream, startEcho } from '../support/upstreams/start-echo.ts';
import { type RunningCli, startCli } from './support/run-cli.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const run = promisify(execFile);
const folder = join(import.meta.dirname, 'programs');

let echo: EchoUpstream;
let grpc: Awaited<ReturnType<typeof startMatrixGrpcServer>>;
let world: PipelineWorld;
let stateDir: string;
let command: RunningCli;
/** Whether this system leads programs that ask it to `<api>.localhost`. */
let resolves: boolean;

beforeAll(async () => {
  echo = await startEcho();
  grpc = await startMatrixGrpcServer();
  world = await startPipelineWorld({
    apis: [
      { id: 'echo', name: 'Echo', upstream: echo.url },
      { id: 'grpc', name: 'gRPC', upstream: grpc.url, protocol: 'http2' },
    ],
  });
  stateDir = await mkdtemp(join(tmpdir(), 'causeway-programs-'));
  const state = { settings: { gatewayPort: await freePort() } };
  await writeFile(join(stateDir, 'state.json'), JSON.stringify(state), { mode: 0o600 });
  command = startCli(
    ['connect', 'echo', 'grpc', '--relay', world.relayUrl, '--state-dir', stateDir, '--no-browser'],
    {},
  );
  const { url } = await command.line((line) => line.type === 'open-page');
  await signInWithoutBrowser(String(url), { user: 'alice' });
  await command.line((line) => line.type === 'tunnel' && line['status'] === 'open');
  resolves = await lookup('echo.localhost').then(
    () => true,
    () => false,
  );
});

afterAll(async () => {
  await command.kill();
  await rm(stateDir, { recursive: true, force: true });
  await world.close();
  await grpc.close();
  await echo.close();
});

/** Every kind of local address that the command shows for the API, as the programs take them. */
async function addresses(api: string): Promise<string[]> {
  const shown = await command.line((line) => line.type === 'connected' && line['api'] === api);
  return [
    `ipv4=http://127.0.0.1:${Number(shown['port'])}`,
    `ipv6=http://[::1]:${Number(shown['port'])}`,
    `name=${String(shown['gatewayAddress'])}`,
    `unix=${String(shown['socketPath'])}`,
  ];
}

/** Lines “program kind status” that must come; a program that leaves names to the system may say that there is none. */
function expectLines(output: string, programs: readonly string[], unixProgram: string, ownResolver = false): void {
  const named = resolves || ownResolver ? '200' : 'unresolved';
  const wanted = programs.flatMap((program) => [
    `${program} ipv4 200`,
    `${program} ipv6 200`,
    `${program} name ${named}`,
  ]);
  expect(output.trim().split('\n').toSorted()).toEqual([...wanted, `${unixProgram} unix 200`].toSorted());
}

test.runIf(findProgram('java') !== null)('the JDK’s HttpClient and HttpURLConnection use each address', async () => {
  const { stdout } = await run('java', [join(folder, 'LocalAddresses.java'), ...(await addresses('echo'))]);
  expectLines(stdout, ['HttpClient', 'HttpURLConnection'], 'SocketChannel');
});

test.runIf(hasPythonModule('http'))('Python’s urllib and http.client use each address', async () => {
  const { stdout } = await run('/usr/bin/python3', [join(folder, 'local_addresses.py'), ...(await addresses('echo'))]);
  expectLines(stdout, ['urllib'], 'http.client');
});

test.runIf(hasPythonModule('grpc'))('grpcio uses each address', async () => {
  const { stdout } = await run('/usr/bin/python3', [
    join(folder, 'local_addresses_grpc.py'),
    ...(await addresses('grpc')),
  ]);
  const lines = stdout.trim().split('\n').toSorted();
  // Its resolver knows these names in some versions.
  const named = lines.find((line) => line.startsWith('grpcio name'));
  expect(named).toMatch(resolves ? / 200$/u : / (?:200|unresolved)$/u);
  expectLines(stdout, ['grpcio'], 'grpcio', named?.endsWith('200'));
});

test('Node’s fetch and http use each address', async () => {
  const { stdout } = await run(process.execPath, [join(folder, 'local-addresses.ts'), ...(await addresses('echo'))]);
  expectLines(stdout, ['fetch', 'node:http'], 'node:http');
});

test.runIf(findProgram('curl') !== null)('curl uses each address, and knows the names by itself', async () => {
  for (const shown of await addresses('echo')) {
    const address = shown.slice(shown.indexOf('=') + 1);
    const where = shown.startsWith('unix') ? ['--unix-socket', address, 'http://localhost/'] : [address];
    const { stdout } = await run('curl', ['-s', '--noproxy', '*', '-o', '/dev/null', '-w', '%{http_code}', ...where]);
    expect([shown, stdout]).toEqual([shown, '200']);
  }
});

test('no connection of the person’s own programs was turned away, and the command says who can use the names', async () => {
  expect(command.lines.filter((line) => line.type === 'refused-connections')).toEqual([]);
  if (!resolves)
    expect(await command.line((line) => line.type === 'local-names')).toMatchObject({ resolve: 'unknown' });
});

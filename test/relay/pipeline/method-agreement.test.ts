import { connect } from 'node:http2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkConfig } from '../../../relay/commands/check-config.ts';
import { testPolicy } from '../../../relay/commands/test-policy.ts';
import { startEcho, type EchoUpstream } from '../../support/upstreams/start-echo.ts';
import { type ConfigFolder, minimalConfig, openConfigFolder } from '../config/config-folder.ts';
import { type PipelineWorld, startPipelineWorld } from './pipeline-world.ts';
import { RawConnection } from './raw-connection.ts';

let echo: EchoUpstream;
let world: PipelineWorld;
let folder: ConfigFolder;

beforeAll(async () => {
  echo = await startEcho();
  world = await startPipelineWorld({ apis: [{ id: 'echo', name: 'Echo', upstream: echo.url }] });
  folder = await openConfigFolder();
});

afterAll(async () => {
  await world.close();
  await echo.close();
  await folder.close();
});

/** Whether a rule may name the method. */
async function isConfigured(method: string): Promise<boolean> {
  const path = await folder.write(
    'relay.yaml',
    minimalConfig({ api: `    rules: [{name: r, methods: ["${method}"]}]` }),
  );
  return (await checkConfig(path, () => undefined)) === 0;
}

/** Whether test-policy lets the method through a rule for all. */
async function isAllowedInTests(method: string): Promise<boolean> {
  const configPath = await folder.write('all.yaml', minimalConfig({ api: '    rules: [{name: r}]' }));
  const testsPath = await folder.write('tests.yaml', `tests: [{request: "${method} orders/v1", expect: allow}]`);
  return (await testPolicy({ configPath, testsPath, write: () => undefined })) === 0;
}

async function passesHttp1(method: string): Promise<boolean> {
  const connection = await RawConnection.open(world.port('echo'));
  connection.write(`${method} /x HTTP/1.1\r\nHost: 127.0.0.1:${world.port('echo')}\r\nContent-Length: 0\r\n\r\n`);
  const { status } = await connection.readResponse();
  connection.close();
  return status === 200;
}

async function passesHttp2(method: string): Promise<boolean> {
  const session = connect(`http://127.0.0.1:${world.port('echo')}`);
  try {
    return await new Promise((resolve) => {
      session.on('error', () => resolve(false));
      const stream = session.request({ ':method': method, ':path': '/x' });
      stream.on('response', (headers) => resolve(headers[':status'] === 200));
      stream.on('error', () => resolve(false));
      stream.end();
    });
  } finally {
    session.destroy();
  }
}

it.each([
  ['GET', true],
  ['POST', true],
  ['DELETE', true],
  ['OPTIONS', true],
  ['PATCH', true],
  ['PROPFIND', true],
  ['REPORT', true],
  ['MKCALENDAR', true],
  ['SEARCH', true],
  ['M-SEARCH', true],
  ['PURGE', true],
  ['QUERY', true],
  ['LIST', false],
  ['INVENTED', false],
  ['GETX', false],
  ['PRI', false],
  ['TRACE', false],
])('%s is the same to check-config, test-policy, callers of HTTP/1.1 and of HTTP/2: %s', async (method, known) => {
  echo.clear();
  expect({
    configured: await isConfigured(method),
    tested: await isAllowedInTests(method),
    http1: await passesHttp1(method),
    http2: await passesHttp2(method),
  }).toEqual({ configured: known, tested: known, http1: known, http2: known });
  expect(echo.requests.map((request) => request.method)).toEqual(known ? [method, method] : []);
});

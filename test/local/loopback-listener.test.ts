import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLoopbackListener } from '../../client/listeners/loopback-listener.ts';
import { startPipelineWorld, type PipelineWorld } from '../relay/pipeline/pipeline-world.ts';
import { exchangeUntilClose } from '../relay/pipeline/raw-connection.ts';
import { freePort } from '../support/free-port.ts';
import { startEcho, type EchoUpstream } from '../support/upstreams/start-echo.ts';

let echo: EchoUpstream;
let world: PipelineWorld;

beforeAll(async () => {
  echo = await startEcho();
  world = await startPipelineWorld({ apis: [{ id: 'echo', name: 'Echo', upstream: echo.url }] });
});

afterAll(async () => {
  await world.close();
  await echo.close();
});

async function canConnect(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(10_000) });
    return true;
  } catch {
    // Refused, unreachable or unanswered: not reachable in any case.
    return false;
  } finally {
    socket.destroy();
  }
}

describe('the Host header', () => {
  const hosts = (port: number): readonly string[] => [
    `evil.example:${port}`,
    'evil.example',
    `127.0.0.1:${port + 1}`,
    '127.0.0.1',
    `127.0.0.1.evil.example:${port}`,
    `127.1:${port}`,
    `2130706433:${port}`,
    `0.0.0.0:${port}`,
    `[::ffff:127.0.0.1]:${port}`,
    `127.0.0.1:0${port}`,
    `user@127.0.0.1:${port}`,
    `127.0.0.1:${port}.`,
    `echo.localhost:${port}`,
    `payroll.localhost:${port}`,
    `127.0.0.1:${port}, evil.example`,
    '__proto__',
  ];

  it('is refused unless it is exactly one of the listener’s own', async () => {
    const port = world.port('echo');
    echo.clear();
    for (const host of hosts(port)) {
      const request = `GET /x HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      const [response] = await exchangeUntilClose(port, request);
      expect([host, response?.status]).toEqual([host, 403]);
      expect(world.decisions(1)[0]?.record.effect).toBe('deny');
    }
    expect(echo.requests).toEqual([]);
  });

  it.each(['127.0.0.1', 'localhost', '[::1]'])('is accepted as %s with the port', async (name) => {
    const port = world.port('echo');
    const [response] = await exchangeUntilClose(
      port,
      `GET / HTTP/1.1\r\nHost: ${name}:${port}\r\nConnection: close\r\n\r\n`,
    );
    expect(response?.status).toBe(200);
  });
});

describe('a local listener', () => {
  it('is reachable on loopback and at no other address of this computer', async () => {
    const port = world.port('echo');
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, address }) => !internal && !address.startsWith('fe80'));
    expect(await canConnect('127.0.0.1', port)).toBe(true);
    for (const { address } of [...others, { address: '127.0.0.2' }]) {
      expect([address, await canConnect(address, port)]).toEqual([address, false]);
    }
  });

  it.each(['127.0.0.1', '0.0.0.0', '::'])('never shares or moves from a port that somebody has on %s', async (host) => {
    const squatter = createServer();
    squatter.listen({ port: 0, host });
    await once(squatter, 'listening');
    const { port } = squatter.address() as { port: number };
    try {
      const opening = openLoopbackListener({ port, purpose: 'echo', onConnection: (socket) => socket.destroy() });
      await expect(opening).rejects.toMatchObject({
        code: 'port-taken',
        message: expect.stringContaining(String(port)),
      });
      expect(squatter.listening).toBe(true);
    } finally {
      squatter.close();
    }
  });

  it('can’t be squatted while it is open', async () => {
    const port = await freePort();
    const listener = await openLoopbackListener({ port, purpose: 'echo', onConnection: (socket) => socket.destroy() });
    const second = createServer();
    second.listen({ port, host: '127.0.0.1' });
    const [error] = (await once(second, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('EADDRINUSE');
    await listener.close();
  });
});

describe.runIf(process.platform === 'linux' && process.getuid?.() === 0)('another user of this computer', () => {
  it('gets no answer, and the upstream sees nothing', async () => {
    echo.clear();
    const url = `http://127.0.0.1:${world.port('echo')}/other-user`;
    const other = spawn('setpriv', ['--reuid=65534', '--clear-groups', 'curl', '-sS', '--max-time', '5', url]);
    const [code] = (await once(other, 'exit')) as [number | null];
    expect(code).not.toBe(0);
    expect(echo.requests).toEqual([]);
  });

  it('doesn’t keep the person’s own curl from working', async () => {
    const { stdout } = await promisify(execFile)('curl', [
      '-sS',
      '-m',
      '50',
      `http://127.0.0.1:${world.port('echo')}/own`,
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ target: '/own' });
  });
});

import { execFile } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PipelineWorld, startPipelineWorld } from './pipeline-world.ts';
import { RawConnection } from './raw-connection.ts';
import { type RogueUpstream, startRogueUpstream } from './start-rogue-upstream.ts';

const patience = { timeout: 20_000 };
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

// Elsewhere a client can't tell who has ended one side from who is gone, and takes both for gone.
describe.runIf(process.platform === 'linux')('a caller that ends its side behind its request', () => {
  let rogue: RogueUpstream;
  let world: PipelineWorld;
  beforeAll(async () => {
    rogue = await startRogueUpstream();
    world = await startPipelineWorld({ apis: [{ id: 'rogue', name: 'Rogue', upstream: rogue.url }] });
  });
  afterAll(async () => {
    await world?.close();
    await rogue?.close();
  });

  const get = (path: string, version = '1.1'): string =>
    `GET ${path} HTTP/${version}\r\nHost: 127.0.0.1:${world.port('rogue')}\r\n\r\n`;
  /** How the newest request for a path ended, as far as it is known: each test has a path of its own. */
  const outcome = (path: string) => world.decisions().find(({ record }) => record.path === path)?.outcome;

  /** Sends a request, ends its side, and waits until the upstream has the request. */
  async function halfClosed(bytes: string): Promise<{ caller: RawConnection; upstream: Socket }> {
    rogue.behave(() => undefined);
    const caller = await RawConnection.open(world.port('rogue'));
    caller.socket.end(bytes);
    await expect.poll(() => rogue.requests.length, patience).toBeGreaterThan(0);
    const [request] = rogue.requests;
    if (request === undefined) throw new Error('No request came.');
    return { caller, upstream: request.socket };
  }

  it.each(['1.0', '1.1'])('has its answer in HTTP/%s, however late it comes, and then the end', async (version) => {
    const { caller, upstream } = await halfClosed(get(`/late/${version}`, version));
    // Longer than the client waits between two looks at who has the connection.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    upstream.write(ok);
    expect(await caller.readResponse()).toMatchObject({ status: 200, whole: true });
    expect(await caller.ended()).toBe('end');
    await expect.poll(() => outcome(`/late/${version}`), patience).toMatchObject({ outcome: 'completed', status: 200 });
    caller.close();
  });

  it('has the rest of an answer that has begun', async () => {
    const { caller, upstream } = await halfClosed(get('/'));
    upstream.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha');
    await caller.waitForText('ha');
    upstream.write('lf');
    const { body, whole } = await caller.readResponse();
    expect([body.toString(), whole]).toEqual(['half', true]);
    caller.close();
  });

  it('has the answers of all that it has pipelined', async () => {
    rogue.behave(({ socket }) => setTimeout(() => socket.write(ok), 50));
    const caller = await RawConnection.open(world.port('rogue'));
    caller.socket.end(get('/1') + get('/2') + get('/3'));
    for (let count = 0; count < 3; count += 1) expect(await caller.readResponse()).toMatchObject({ status: 200 });
    expect(await caller.ended()).toBe('end');
    caller.close();
  });

  it.each(['FIN', 'RST'])('and leaves later by %s is gone for the API, too', async (how) => {
    const { caller, upstream } = await halfClosed(get(`/leaves/${how}`));
    const isLeft = new Promise((resolve) => upstream.once('close', resolve));
    if (how === 'RST') caller.socket.resetAndDestroy();
    else caller.socket.destroy();
    await isLeft;
    await expect.poll(() => outcome(`/leaves/${how}`), patience).toMatchObject({ outcome: 'unknown' });
  });

  it('that is a program which was ended is gone for the API at once', async () => {
    rogue.behave(() => undefined);
    const program = execFile('curl', ['-s', `http://127.0.0.1:${world.port('rogue')}/killed`]);
    await expect.poll(() => rogue.requests.length, patience).toBeGreaterThan(0);
    const upstream = rogue.requests[0]?.socket;
    const isLeft = new Promise((resolve) => upstream?.once('close', resolve));
    program.kill('SIGKILL');
    await isLeft;
    await expect.poll(() => outcome('/killed'), patience).toMatchObject({ outcome: 'unknown' });
  });

  it('inside of a request’s body has no answer, and the API never takes the body for whole', async () => {
    rogue.behave(() => undefined);
    const caller = await RawConnection.open(world.port('rogue'));
    caller.socket.end(
      `POST /half HTTP/1.1\r\nHost: 127.0.0.1:${world.port('rogue')}\r\nContent-Length: 10\r\n\r\nhalf`,
    );
    await caller.ended();
    expect(caller.received.toString()).toBe('');
    await expect
      .poll(() => outcome('/half'), patience)
      .toMatchObject({ outcome: expect.stringMatching(/aborted|unknown/) });
    // It has nothing of the request, or knows that ten bytes were to come, and its connection ends before.
    await expect.poll(() => rogue.requests.every(({ socket }) => socket.destroyed), patience).toBe(true);
    for (const { head, socket } of rogue.requests) {
      expect(head).toMatch(/^content-length: 10\r$/im);
      expect('half').toContain(rogue.bodyOn(socket));
    }
    caller.close();
  });

  it('on Unix sockets, where the kernel doesn’t tell, is taken for gone', async () => {
    rogue.behave(() => undefined);
    const connection = world.client.core.snapshot().profiles[0]?.connections['rogue'];
    const path = connection?.status === 'on' ? connection.socketPath : undefined;
    if (path === undefined) throw new Error('There is no socket.');
    const caller = connect({ path, allowHalfOpen: true });
    caller.end('GET /socket HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await new Promise((resolve) => caller.once('close', resolve).resume());
    // It may be gone before the API has the request.
    await expect
      .poll(() => outcome('/socket'), patience)
      .toMatchObject({
        outcome: expect.stringMatching(/aborted|unknown/),
      });
  });
});

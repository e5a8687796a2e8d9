import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { RawConnection } from '../relay/pipeline/raw-connection.ts';
import { startPipelineWorld } from '../relay/pipeline/pipeline-world.ts';
import { startRogueUpstream } from '../relay/pipeline/start-rogue-upstream.ts';
import { startRawHttp2Upstream } from '../relay/way-back/start-raw-http2-upstream.ts';
import { startEcho } from '../support/upstreams/start-echo.ts';
import { http1Bytes, http2Bytes } from './caller-bytes.ts';
import { seededRandom } from './seeded-random.ts';
import { type Lie, lieOverHttp1, lieOverHttp2 } from './upstream-lies.ts';

/** What a run did; `finding` is the first case that went wrong, with the bytes that repeat it. */
export interface AttackReport {
  readonly seed: number;
  readonly counts: Readonly<Record<'http1' | 'http2' | 'lies1' | 'lies2' | 'delivered', number>>;
  readonly memoryMiB: number;
  readonly finding: string | null;
}

const boundMs = 15_000;
const mostMemoryMiB = 500;

const residentMiB = (pid: number): number =>
  process.platform === 'linux'
    ? Number(/VmRSS:\s+(\d+)/u.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
    : 0;

/** Sends bytes, in two parts at times half-closed, and lets go when the other side is done or silent for 300 ms. */
async function sendAndLetGo(port: number, bytes: Buffer, splitAt: number, halfClose: boolean): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  await new Promise<void>((resolve) => {
    socket.setTimeout(300, resolve);
    socket.on('error', () => resolve());
    socket.on('end', resolve);
    socket.resume();
    socket.write(bytes.subarray(0, splitAt));
    setImmediate(() => (halfClose ? socket.end(bytes.subarray(splitAt)) : socket.write(bytes.subarray(splitAt))));
  });
  socket.destroy();
}

/** An ordinary request; null when nothing ends it within the bound. */
async function call(port: number, path: string): Promise<{ status: number; whole: boolean } | null> {
  const connection = await RawConnection.open(port);
  try {
    connection.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
    const answer = connection.readResponse().catch((error: unknown) => {
      const ended = error instanceof Error && error.message.startsWith('No answer');
      return ended ? { status: 0, whole: false } : null;
    });
    return await Promise.race([answer, wait(boundMs, null, { ref: false })]);
  } finally {
    connection.close();
  }
}

/** Runs generated cases until the time is over or one goes wrong, against a relay that is a process of its own. */
export async function runAttack(options: { seed: number; durationMs: number }): Promise<AttackReport> {
  const random = seededRandom(options.seed);
  const [echo, rogue, raw] = [await startEcho(), await startRogueUpstream(), await startRawHttp2Upstream()];
  const deny = { name: 'secret', effect: 'deny' as const, paths: ['/secret', '/secret/**'] };
  const rules = [{ name: 'everybody', groups: ['*'] }, deny];
  const world = await startPipelineWorld({
    separate: true,
    apis: [
      { id: 'echo', name: 'Echo', upstream: echo.url, rules },
      { id: 'rogue', name: 'Rogue', upstream: rogue.url, timeout_seconds: 2, max_seconds: 4 },
      { id: 'raw', name: 'Raw', upstream: raw.url, protocol: 'http2', timeout_seconds: 2, max_seconds: 4 },
    ],
  });
  const counts = { http1: 0, http2: 0, lies1: 0, lies2: 0, delivered: 0 };
  let memoryMiB = 0;
  let lie: Lie = { name: 'none', whole: true };
  rogue.behave((request) => void (lie = lieOverHttp1(random, request)));
  raw.behave((request) => void (lie = lieOverHttp2(random, request)));

  async function attackAsCaller(path: string): Promise<string | null> {
    const kind = random.pick<'http1' | 'http2'>(['http1', 'http2']);
    const host = `127.0.0.1:${world.port('echo')}`;
    const bytes = kind === 'http1' ? http1Bytes(random, path, host) : http2Bytes(random, path, host);
    counts[kind] += 1;
    await sendAndLetGo(world.port('echo'), bytes, random.number(bytes.length + 1), random.number(4) === 0);
    const secret = echo.requests.find(({ target }) => target.includes('secret'));
    const hex = `${kind} from the caller, base64 ${bytes.toString('base64')}`;
    if (secret !== undefined) return `${secret.method} ${secret.target} was denied and delivered: ${hex}`;
    const after = await call(world.port('echo'), '/probe');
    return after?.status === 200 ? null : `afterwards ${JSON.stringify(after)} for an ordinary GET: ${hex}`;
  }

  async function attackAsUpstream(path: string): Promise<string | null> {
    const api = random.pick(['rogue', 'raw']);
    counts[api === 'rogue' ? 'lies1' : 'lies2'] += 1;
    const answer = await call(world.port(api), path);
    if (answer === null) return `no end within ${boundMs / 1000} s when the upstream sends ${lie.name}`;
    const looksWhole = answer.whole && answer.status >= 200 && answer.status < 300;
    return looksWhole && !lie.whole ? `a whole ${answer.status} when the upstream sends ${lie.name}` : null;
  }

  function deliveredUndecided(): string | null {
    const decided = new Set(
      world
        .decisions(1_000_000)
        .flatMap(({ record }) => (record.effect === 'allow' ? [`${record.method} ${record.path}`] : [])),
    );
    const lost = echo.requests.find(
      ({ method, target }) => /^\/case\/\d+$/u.test(target) && !decided.has(`${method} ${target}`),
    );
    return lost === undefined ? null : `${lost.method} ${lost.target} was delivered without a decision in the audit`;
  }

  let finding: string | null = null;
  const pid = world.process?.pid ?? 0;
  const end = performance.now() + options.durationMs;
  for (let number = 0; finding === null && performance.now() < end; number += 1) {
    const attack = random.number(2) === 0 ? attackAsCaller : attackAsUpstream;
    finding = await attack(`/case/${number}`).catch((error: unknown) => String(error));
    try {
      memoryMiB = Math.max(memoryMiB, residentMiB(pid));
    } catch {
      finding = `the relay has ended: ${JSON.stringify(world.process?.log.slice(-3))}; before it: ${finding ?? lie.name}`;
    }
    if (memoryMiB > mostMemoryMiB) finding ??= `the relay uses ${Math.round(memoryMiB)} MiB`;
  }
  counts.delivered = echo.requests.length;
  finding ??= deliveredUndecided();
  await world.close();
  await Promise.all([echo.close(), rogue.close(), raw.close()]);
  return { seed: options.seed, counts, memoryMiB: Math.round(memoryMiB), finding };
}

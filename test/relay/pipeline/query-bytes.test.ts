import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PipelineWorld, startPipelineWorld } from './pipeline-world.ts';

const run = promisify(execFile);

let world: PipelineWorld;
let http1: Server;
let http2: Server;
/** Targets as bytes, each character one of them. */
const seen: string[] = [];

/** The `:path` of HTTP/2 as the wire has it: Node gives it decoded. */
function bytesOf(path: string): string {
  return /[^\0-\xff]/.test(path) ? Buffer.from(path, 'utf8').toString('latin1') : path;
}

beforeAll(async () => {
  http1 = createServer((socket) => {
    let head = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      seen.push(head.slice(head.indexOf(' ') + 1, head.lastIndexOf(' HTTP/1.1\r\n')));
      head = '';
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
  });
  const multiplexed = createHttp2Server();
  multiplexed.on('stream', (stream: ServerHttp2Stream, headers) => {
    seen.push(bytesOf(headers[':path'] ?? ''));
    stream.respond({ ':status': 200 });
    stream.end('ok');
  });
  http2 = multiplexed as unknown as Server;
  for (const server of [http1, http2])
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const at = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  world = await startPipelineWorld({
    apis: [
      { id: 'http1', name: 'HTTP/1.1', upstream: at(http1) },
      { id: 'http2', name: 'HTTP/2', upstream: at(http2), protocol: 'http2' },
    ],
  });
});

afterAll(async () => {
  await world?.close();
  http1?.close();
  http2?.close();
});

beforeEach(() => void seen.splice(0));

/** Sends a target as curl gives it out, byte for byte; the status and, when it isn't 200, the answer's words. */
async function ask(port: number, target: Buffer, protocol: string): Promise<[number, string]> {
  const { stdout } = await run('curl', [
    '--silent',
    '--show-error',
    '--max-time',
    '20',
    '--globoff',
    protocol,
    '--write-out',
    '\n%{http_code}',
    '--request-target',
    target.toString('utf8'),
    `http://127.0.0.1:${port}/`,
  ]);
  const [body = '', status = ''] = stdout.split(/\n(?=\d+$)/);
  return [Number(status), body];
}

const passing: readonly (readonly [string, string])[] = [
  ['UTF-8', 'q=Käse'],
  ['UTF-8 outside Latin-1', 'q=奶酪&r=🧀'],
  ['quotes', `q="a"&r='b'`],
  ['pipes', 'filter=a|b'],
  ['brackets', 'filter[name]=x'],
  ['braces', 'f={"a":[1]}'],
  ['a caret, a backtick and a backslash', 'q=a^b`c\\d'],
  ['angles', 'q=<a>'],
  ['what begins an encoding and is none', 'q=100%&r=%zz&s=%u1234'],
  ['an encoded control', 'q=%00%0D%0A'],
  ['dots, slashes and further question marks', 'q=../..//;a?b'],
  ['nothing', ''],
];
/** Over HTTP/2, whose parsers see the first of these as malformed, the last one alone is a matter of the relay. */
const refused: readonly (readonly [string, string, string])[] = [
  ['UTF-8', 'q=Käse', 'outside ASCII'],
  ['a space', 'q=a b', 'space'],
  ['a tab', 'q=a\tb', 'control character'],
  ['DEL', 'q=a\x7fb', 'control character'],
  ['a fragment', 'q=a#b', '#'],
];

describe.each(['http1', 'http2'])('a query to an API of %s', (api) => {
  describe.each([
    ['HTTP/1.1', '--http1.1'],
    ['HTTP/2', '--http2-prior-knowledge'],
  ])('from a caller of %s', (_name, protocol) => {
    // Node's parser of HTTP/1.1 takes no bytes outside ASCII (RFC 3986 §2 has none either).
    const taken = protocol === '--http1.1' ? passing.filter(([, query]) => /^[\0-\x7f]*$/.test(query)) : passing;
    it.each(taken)('with %s arrives byte for byte', async (_what, query) => {
      const target = Buffer.from(`/a?${query}`, 'utf8');
      expect(await ask(world.port(api), target, protocol)).toEqual([200, 'ok']);
      expect(seen).toEqual([target.toString('latin1')]);
    });

    it.each(protocol === '--http1.1' ? refused : refused.slice(-1))(
      'with %s is 400, says why, and reaches no API',
      async (_what, query, says) => {
        const [status, body] = await ask(world.port(api), Buffer.from(`/a?${query}`, 'utf8'), protocol);
        expect(status).toBe(400);
        expect(body).toMatch(new RegExp(says));
        expect(seen).toEqual([]);
      },
    );
  });
});

it.each(['q=a b', 'q=a\tb', 'q=a\x7fb', 'q=a\rb'])(
  'from a caller of HTTP/2 that is malformed (%j) reaches no API',
  async (query) => {
    const session = connect(`http://127.0.0.1:${world.port('http1')}`);
    session.on('error', () => undefined);
    const stream = session.request({ ':path': `/a?${query}` });
    const status = await Promise.race([
      once(stream, 'response').then(([headers]) => (headers as Record<string, unknown>)[':status']),
      once(stream, 'close').then(() => `reset ${stream.rstCode}`),
    ]).catch((error: NodeJS.ErrnoException) => error.code);
    expect([400, 'reset 1', 'ERR_HTTP2_STREAM_ERROR']).toContain(status);
    session.destroy();
    expect(seen).toEqual([]);
  },
);

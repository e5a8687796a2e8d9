import { createServer } from 'node:net';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { listenProblem } from '../../../relay/http/listen-problem.ts';

const failed = (code: string, syscall = 'listen'): Error => Object.assign(new Error(code), { code, syscall });

it.each<[string, 'relay.listen' | 'admin.listen', string, readonly string[]]>([
  ['EADDRINUSE', 'relay.listen', 'port-taken', ['Port 443 of 0.0.0.0', 'relay.listen.port']],
  ['EADDRINUSE', 'admin.listen', 'port-taken', ['another admin.listen.port']],
  ['EADDRNOTAVAIL', 'admin.listen', 'bad-config', ['0.0.0.0', 'Correct admin.listen.host']],
  [
    'EACCES',
    'relay.listen',
    'bad-config',
    process.platform === 'linux'
      ? [
          'may not listen on port 443',
          'AmbientCapabilities=CAP_NET_BIND_SERVICE',
          `setcap cap_net_bind_service=+ep ${process.execPath}`,
          'ip_unprivileged_port_start=443',
          'relay.listen.port of 1024 or more',
        ]
      : ['may not listen on port 443', 'relay.listen.port of 1024 or more'],
  ],
])('%s at %s is told with what to do about it', (code, key, problem, words) => {
  const told = listenProblem(failed(code), { host: '0.0.0.0', port: 443, key });
  expect(told?.code).toBe(problem);
  for (const word of words) expect(told?.message).toContain(word);
});

it.each([
  ['of another kind', failed('EMFILE')],
  ['of another call', failed('EACCES', 'open')],
  ['without a code', new Error('no')],
])('an error %s stays what it is', (_what, error) => {
  expect(listenProblem(error, { host: '0.0.0.0', port: 443, key: 'relay.listen' })).toBeNull();
});

it('is what a real server says of a port that is taken', async () => {
  const first = createServer().listen(0, '127.0.0.1');
  await once(first, 'listening');
  const { port } = first.address() as { port: number };
  const second = createServer();
  const failing = once(second, 'error');
  second.listen(port, '127.0.0.1');
  const [error] = (await failing) as [Error];
  expect(listenProblem(error, { host: '127.0.0.1', port, key: 'admin.listen' })?.code).toBe('port-taken');
  first.close();
});

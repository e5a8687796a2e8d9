import { pino } from 'pino';
import { expect, test } from 'vitest';
import { findServiceManager, watchdogEveryMs } from '../../../relay/service/service-manager.ts';

const log = pino({ level: 'silent' });

test.each([
  ['no service manager', {}],
  ['an address that is none', { NOTIFY_SOCKET: 'run/notify' }],
  ['an empty address', { NOTIFY_SOCKET: '' }],
])('%s: nothing is opened, and nothing is said', async (_case, env: NodeJS.ProcessEnv) => {
  const manager = await findServiceManager(env, log, () => Promise.reject(new Error('opened')));
  manager.ready('ready');
  manager.close();
});

test('a socket that takes nothing is logged, and keeps nobody from being served', async () => {
  const errors: unknown[] = [];
  const heard = pino({ level: 'error' }, { write: (line) => void errors.push(JSON.parse(line)) });
  const manager = await findServiceManager({ NOTIFY_SOCKET: '/run/notify' }, heard, () =>
    Promise.resolve({
      send() {
        throw new Error('gone');
      },
    }),
  );
  manager.ready('ready');
  manager.close();
  expect(errors).toMatchObject([{ err: { message: 'gone' } }]);
});

test('it hears of the start, a reload, the end and, twice in its time, of life; children are told nothing', async () => {
  const said: string[] = [];
  const env: NodeJS.ProcessEnv = {
    NOTIFY_SOCKET: '/run/notify',
    WATCHDOG_USEC: '20000',
    WATCHDOG_PID: String(process.pid),
    HOME: '/root',
  };
  const manager = await findServiceManager(env, log, () => Promise.resolve({ send: (text) => said.push(text) > 0 }));
  manager.ready('serves https://access.acme.example');
  manager.reloading();
  manager.stopping(30_000);
  await expect.poll(() => said.filter((text) => text === 'WATCHDOG=1').length).toBeGreaterThan(1);
  manager.close();
  expect(env).toEqual({ HOME: '/root' });
  expect(said.slice(0, 3)).toEqual([
    `READY=1\nSTATUS=serves https://access.acme.example\nMAINPID=${process.pid}`,
    expect.stringMatching(/^RELOADING=1\nMONOTONIC_USEC=\d+$/),
    'STOPPING=1\nEXTEND_TIMEOUT_USEC=50000000',
  ]);
});

test('one that is behind hears all in its order once it reads, and signs of life don’t pile up', async () => {
  const said: string[] = [];
  let isFull = true;
  const env = { NOTIFY_SOCKET: '/run/notify', WATCHDOG_USEC: '2000' };
  const manager = await findServiceManager(env, log, () =>
    Promise.resolve({ send: (text) => !isFull && said.push(text) > 0 }),
  );
  manager.ready('ready');
  manager.reloading();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(said).toEqual([]);
  isFull = false;
  await expect.poll(() => said.length).toBeGreaterThan(2);
  manager.close();
  expect(said.slice(0, 3).map((text) => text.split('=', 1)[0])).toEqual(['READY', 'RELOADING', 'WATCHDOG']);
});

test.each([
  [{}, null],
  [{ WATCHDOG_USEC: '30000000' }, 15_000],
  [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '1' }, null],
  [{ WATCHDOG_USEC: 'soon' }, null],
  [{ WATCHDOG_USEC: '0' }, null],
])('signs of life for %j: every %s ms', (env, everyMs) => {
  expect(watchdogEveryMs(env)).toBe(everyMs);
});

import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { debugRequests } from '../../../relay/debugging/debug-requests.ts';
import type { RequestWatch } from '../../../relay/watch/request-watch.ts';

const request = (username: string, api = 'orders') => ({
  requestId: 'r1',
  startedAtMs: 0,
  request: { rawHeaders: ['Authorization', 'secret-token'] },
  caller: { issuer: 'https://sso', subject: `sub-${username}`, username, sessionId: 's', remoteAddress: '192.0.2.1' },
  api,
  method: 'GET',
  path: '/orders/1',
});

function world(nowMs = 0, level = 'error') {
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { level },
    { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  let now = nowMs;
  return { lines, debugging: debugRequests(log, () => now), at: (ms: number) => void (now = ms) };
}

const goThrough = (watch: RequestWatch | null): void => {
  watch?.passedGates(null, null);
  watch?.decided({ effect: 'allow', rule: 'everybody', reason: 'Your group may.' } as never);
  watch?.counted(null);
  watch?.recorded(null);
  watch?.sent();
  watch?.answered(200);
  watch?.ended({
    outcome: 'completed',
    status: 200,
    code: undefined,
    detail: null,
    requestBytes: 1,
    responseBytes: 2,
  });
};

const target = { id: 'd1', person: null, api: null, untilMs: 60_000 };

describe('requests are debugged', () => {
  it('for nobody while nobody asks', () => {
    expect(world().debugging.watcher(request('alice'))).toBeNull();
  });

  it.each<[string, object, boolean]>([
    ['of a user name', { person: 'alice' }, true],
    ['of a subject', { person: 'sub-alice' }, true],
    ['of somebody else', { person: 'bob' }, false],
    ['of an API', { api: 'orders' }, true],
    ['of another API', { api: 'payroll' }, false],
    ['of a person at an API', { person: 'alice', api: 'orders' }, true],
    ['of a person at another API', { person: 'alice', api: 'payroll' }, false],
    ['whose time is over', { person: 'alice', untilMs: -1 }, false],
  ])('%s: %j is written: %s', (_what, of, isWritten) => {
    const { lines, debugging } = world();
    debugging.replace([{ ...target, ...of }]);
    goThrough(debugging.watcher(request('alice')));
    expect(lines).toHaveLength(isWritten ? 1 : 0);
    expect(JSON.stringify(lines)).not.toContain('secret-token');
  });

  it('step by step, whatever the level of the log is', () => {
    const { lines, debugging } = world(0, 'error');
    debugging.replace([target]);
    goThrough(debugging.watcher(request('alice')));
    expect(lines).toMatchObject([{ debug: 'd1', requestId: 'r1', user: 'alice', api: 'orders', status: 200 }]);
    const steps = (lines[0]?.['steps'] ?? []) as readonly string[];
    expect(steps.map((step) => step.replace(/^[\d.]+ ms /, ''))).toEqual([
      'gates: all let it pass',
      'policy: allow by “everybody”: Your group may.',
      'limits: within',
      'record: durable',
      'API: asked',
      'API: answered 200',
      'end: completed',
    ]);
  });

  it('and refused: by which gate', () => {
    const { lines, debugging } = world();
    debugging.replace([target]);
    const watch = debugging.watcher(request('alice'));
    watch?.passedGates('locks', 'locked');
    watch?.recorded(null);
    watch?.ended({
      outcome: 'completed',
      status: 403,
      code: 'locked',
      detail: 'x'.repeat(9000),
      requestBytes: 0,
      responseBytes: 0,
    });
    expect(JSON.stringify(lines)).toContain('gates: “locks” refused it with locked');
    expect(JSON.stringify(lines).length).toBeLessThan(2000);
  });

  it('within bounds: what is too much is counted, and told at the end', () => {
    const { lines, debugging, at } = world();
    debugging.replace([{ ...target, untilMs: 1e9 }]);
    for (let index = 0; index < 60; index += 1) goThrough(debugging.watcher(request('alice')));
    expect(lines).toHaveLength(50);
    for (let second = 1; second <= 100; second += 1) {
      at(second * 1000);
      for (let index = 0; index < 50; index += 1) goThrough(debugging.watcher(request('alice')));
    }
    expect(lines).toHaveLength(5000);
    debugging.replace([]);
    expect(lines.at(-1)).toMatchObject({ debug: 'd1', lines: 5000, leftOut: 60 });
  });
});

import { PassThrough } from 'node:stream';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, afterAll, beforeAll, vi } from 'vitest';
import type { AnswerSink, Exchange } from '../../../relay/request/exchange/exchange.ts';
import type { AuditRecord } from '../../../relay/audit/audit-record.ts';
import { createPipeline, type PipelineParts } from '../../../relay/request/pipeline.ts';
import { configSchema } from '../../../relay/config/config-schema.ts';
import { type UpstreamConfig, UpstreamPools } from '../../../relay/upstream/upstream-pools.ts';
import { type Ending, settleAnswer } from '../../../relay/way-back/settle-answer.ts';

describe('how an exchange ends', () => {
  const table: readonly (readonly [Ending, boolean, boolean, string, string])[] = [
    // ending, head sent, begun, the caller gets, the audit says
    ['whole', true, true, 'rest', 'completed'],
    ['broke-off', false, false, 'problem', 'completed'],
    ['broke-off', false, true, 'problem', 'unknown'],
    ['broke-off', true, true, 'cut', 'aborted'],
    ['timed-out', false, false, 'problem', 'completed'],
    ['timed-out', false, true, 'problem', 'unknown'],
    ['timed-out', true, true, 'cut', 'aborted'],
    ['failed', false, false, 'problem', 'completed'],
    ['failed', false, true, 'problem', 'unknown'],
    ['failed', true, true, 'cut', 'aborted'],
    ['refused', false, false, 'problem', 'completed'],
    ['refused', false, true, 'problem', 'completed'],
    ['refused', true, true, 'cut', 'aborted'],
    ['caller-gone', false, false, 'nothing', 'aborted'],
    ['caller-gone', false, true, 'nothing', 'unknown'],
    ['caller-gone', true, true, 'nothing', 'aborted'],
  ];
  it.each(table)('%s (head sent: %s, begun: %s) is %s and %s', (ending, headSent, begun, caller, outcome) => {
    expect(settleAnswer(ending, { headSent, begun })).toEqual({ caller, outcome });
  });
});

/** Steps of an exchange, each of which a test makes throw. */
const steps = [
  'overloadOf',
  'apiFor',
  'isVisible',
  'grantsOf',
  'decide',
  'take',
  'take, later',
  'told',
  'identityHeader',
  'dispatch',
  'write',
  'addTrailers',
  'end',
  'append',
] as const;
type Step = (typeof steps)[number];

describe('a throw inside an exchange', () => {
  let server: Server;
  let pools: UpstreamPools;
  beforeAll(async () => {
    server = createServer((_request, response) => {
      response.write('part');
      setTimeout(() => response.end('rest'), 20);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    pools = new UpstreamPools([upstreamConfig(`http://127.0.0.1:${port}`)]);
  });
  afterAll(async () => {
    await pools.close();
    server.close();
  });

  it.each(steps)('(%s) ends that exchange alone, is reported, and is recorded', async (step) => {
    const records: AuditRecord[] = [];
    const onFailed = vi.fn();
    const failing = (at: Step): void => {
      if (at === step) throw new Error(`planted in ${at}`);
    };
    const pipeline = createPipeline(partsWith(failing, step, records, onFailed, pools));
    const { incoming, done, answered } = call(failing);
    expect(() => pipeline.handle(incoming, false)).not.toThrow();
    await done;
    expect(onFailed).toHaveBeenCalled();
    if (step !== 'append') {
      expect(records.some((record) => record.type === 'decision')).toBe(true);
      const outcome = records.find((record) => record.type === 'outcome');
      expect(outcome).toBeDefined();
      if (answered() === 200) expect(outcome).toMatchObject({ outcome: 'aborted' });
    }
    expect([500, 200, null]).toContain(answered());
  });

  it('(nothing thrown) passes through the same parts', async () => {
    const records: AuditRecord[] = [];
    const onFailed = vi.fn();
    const pipeline = createPipeline(partsWith(() => undefined, null, records, onFailed, pools));
    const { incoming, done, answered } = call(() => undefined);
    pipeline.handle(incoming, false);
    await done;
    expect(onFailed).not.toHaveBeenCalled();
    expect(answered()).toBe(200);
    expect(records.at(-1)).toMatchObject({ outcome: 'completed' });
  });
});

function upstreamConfig(upstream: string): UpstreamConfig {
  const api = configSchema.shape.apis.element.parse({ id: 'orders', name: 'Orders', upstream });
  return { ...api, caPem: undefined, certificate: undefined };
}

function partsWith(
  failing: (step: Step) => void,
  step: Step | null,
  records: AuditRecord[],
  onFailed: (error: unknown, requestId: string) => void,
  pools: UpstreamPools,
): PipelineParts {
  const allow = { effect: 'allow', rule: 'everybody', reason: 'Everybody may.' };
  const policy = {
    revision: 'r1',
    isVisible: () => (failing('isVisible'), true),
    decide: () => (failing('decide'), allow),
    told: (decision: unknown) => (failing('told'), decision),
  };
  return {
    inForce: () =>
      ({
        policy,
        apis: new Map([['orders', upstreamConfig('http://127.0.0.1:1')]]),
        limits: { max_headers: 100 },
        recorded: { query: new Map() },
        disclose: 'full',
      }) as never,
    overloadOf: () => (failing('overloadOf'), null),
    audit: {
      healthy: true,
      append(record: AuditRecord, done: (error: Error | null) => void) {
        failing('append');
        records.push(record);
        setImmediate(() => done(null));
      },
    } as never,
    upstreams: {
      get: () => {
        const upstream = pools.get('orders');
        if (upstream === undefined) throw new Error('There is no upstream');
        const pool = {
          dispatch: (...dispatched: Parameters<typeof upstream.pool.dispatch>) => {
            failing('dispatch');
            return upstream.pool.dispatch(...dispatched);
          },
        };
        return { ...upstream, pool };
      },
      for: (upstream: unknown) => upstream,
    } as never,
    identityHeader: () => (failing('identityHeader'), 'signed'),
    grantsOf: () => (failing('grantsOf'), []),
    limiter: {
      take: () => {
        failing('take');
        return step === 'take, later'
          ? Promise.reject(new Error('planted later'))
          : ({ status: 'counted', headers: [], note: null } as never);
      },
    },
    onFailed,
  };
}

/** A request in memory; `done` when its answer has ended or been cut off. */
function call(failing: (step: Step) => void) {
  let status: number | null = null;
  const sink = new PassThrough();
  sink.resume();
  const socket = Object.assign(new PassThrough(), {
    listenerId: 1,
    didBegin: () => undefined,
    didFinish: () => undefined,
    markAnswered: () => undefined,
    session: {
      caller: {},
      identity: { expiresAtMs: Infinity },
      remoteAddress: '127.0.0.1',
      device: null,
      apiFor: () => (failing('apiFor'), 'orders'),
      accessKeyHash: () => undefined,
      activity: { didBegin: () => undefined, push: () => undefined, full: false },
      exchanges: { add: () => undefined, delete: () => undefined },
    },
  });
  let answeredOnce = false;
  const response = {
    get headersSent() {
      return status !== null;
    },
    get destroyed() {
      return sink.destroyed;
    },
    get writableFinished() {
      return sink.writableFinished;
    },
    writeHead(written: number) {
      status = written;
    },
    write: (chunk: Buffer) => (failing('write'), sink.write(chunk)),
    flushHeaders: () => undefined,
    addTrailers: () => failing('addTrailers'),
    end(...ended: unknown[]) {
      if (status === 200 && !answeredOnce) {
        answeredOnce = true;
        failing('end');
      }
      const callback = ended.find((one) => typeof one === 'function') as (() => void) | undefined;
      sink.end(callback);
    },
    once: (event: string, listener: () => void) => sink.once(event, listener),
    destroy: (error?: Error) => sink.destroy(error),
  } as unknown as AnswerSink;
  sink.on('error', () => undefined);
  const request = Object.assign(new PassThrough(), {
    method: 'GET',
    url: '/v1/orders',
    httpVersion: '1.1',
    rawHeaders: ['Host', '127.0.0.1:1'],
    complete: true,
  });
  const done = new Promise<void>((resolve) => {
    sink.once('close', resolve);
    socket.once('close', resolve);
  });
  const incoming = { request, response, socket, http2: false } as unknown as ConstructorParameters<typeof Exchange>[2];
  return {
    incoming,
    done: done.then(() => new Promise<void>((resolve) => setImmediate(resolve))),
    answered: () => status,
  };
}

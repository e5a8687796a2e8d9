import { setTimeout as sleep } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openAuditReader } from '../../../relay/sinks/audit-reader.ts';
import { sinkStatus, type SinkToLookAt } from '../../../relay/sinks/sink-status.ts';
import type { ConfigInput } from '../../support/demo-config.ts';
import { startTunnelWorld, type TunnelWorld } from '../../tunnel/support/tunnel-world.ts';
import { webhookSecret } from './sinks-world.ts';
import { startWebhookReceiver, type WebhookReceiver } from './start-webhook-receiver.ts';

type SinkInput = NonNullable<NonNullable<ConfigInput['audit']>['sinks']>[number];

const both: readonly SinkToLookAt[] = [
  { name: 'disk', kind: 'file', lagWarnMs: 60_000 },
  { name: 'siem', kind: 'webhook', lagWarnMs: 60_000 },
];

/** Refused sign-ins, each a record, until stopped; a relay that is away is asked again. */
function startLoad(world: TunnelWorld): { answered(): number; stop(): Promise<void> } {
  const agent = new Agent({ connections: 8, connect: { ca: world.ca } });
  let isOn = true;
  let answered = 0;
  const ask = async (): Promise<void> => {
    while (isOn) {
      try {
        const { body } = await request(`${world.relayUrl}/v1/catalog`, {
          dispatcher: agent,
          headers: { authorization: 'Bearer none' },
        });
        await body.dump();
        answered += 1;
      } catch {
        // Killed or not up yet.
        await sleep(20);
      }
    }
  };
  const asking = Promise.all(Array.from({ length: 8 }, ask));
  return {
    answered: () => answered,
    async stop() {
      isOn = false;
      await asking;
      await agent.destroy();
    },
  };
}

function recordsOf(dataDir: string): ReadonlyMap<number, string> {
  const reader = openAuditReader(dataDir);
  try {
    return new Map(reader.after(0, Number.MAX_SAFE_INTEGER, 1_000_000).map(({ seq, payload }) => [seq, payload]));
  } finally {
    reader.close();
  }
}

/** Waits until the audit has so many records more. */
async function untilGrown(dataDir: string, by: number): Promise<void> {
  const reader = openAuditReader(dataDir);
  const goal = reader.range().last + by;
  while (reader.range().last < goal) await sleep(5);
  reader.close();
}

async function untilSent(world: TunnelWorld, sinks: readonly SinkToLookAt[] = both): Promise<void> {
  while (sinkStatus(world.dataDir, sinks, Date.now()).some(({ waiting }) => waiting > 0)) await sleep(50);
}

/** First comings must be in order and without gaps, each with the record that the audit has; answers how many came again. */
function expectAll(audit: ReadonlyMap<number, string>, lines: readonly string[]): number {
  let last = 0;
  for (const line of lines) {
    const { seq, record } = JSON.parse(line) as { readonly seq: number; readonly record: unknown };
    if (seq <= last) continue;
    if (seq !== last + 1) throw new Error(`Record ${seq} comes after ${last}.`);
    last = seq;
    const stored: unknown = JSON.parse(audit.get(seq) ?? 'null');
    if (JSON.stringify(record) !== JSON.stringify(stored)) throw new Error(`Record ${seq} differs: ${line}`);
  }
  expect(last).toBe(audit.size);
  return lines.length - last;
}

function linesOf(receiver: WebhookReceiver): string[] {
  return receiver.messages.flatMap(({ body }) =>
    (JSON.parse(body) as { readonly records: readonly unknown[] }).records.map((record) => JSON.stringify(record)),
  );
}

async function startWorld(
  workers: number,
  receiver: WebhookReceiver,
): Promise<TunnelWorld & { readonly file: string }> {
  process.env['SINK_TEST_SECRET'] = webhookSecret;
  const sinks: SinkInput[] = [
    { name: 'disk', kind: 'file', path: 'data/audit.jsonl', gather_ms: 20 },
    {
      name: 'siem',
      kind: 'webhook',
      url: receiver.url,
      secrets: ['${env:SINK_TEST_SECRET}'],
      gather_ms: 20,
      batch_records: 500,
    },
  ];
  const world = await startTunnelWorld({ workers, configure: (config) => ({ ...config, audit: { sinks } }) });
  onTestFinished(() => world.close());
  return Object.assign(world, { file: join(world.dataDir, 'audit.jsonl') });
}

describe('sinks of a relay', () => {
  it.each([
    [1, 3],
    [2, 1],
  ])('of %i processes that is killed %i times under load get every record, in order', async (workers, kills) => {
    // The first and every third message after it is thrown away by the receiver.
    let count = 0;
    const receiver = await startWebhookReceiver(
      Array.from({ length: 100_000 }, () => (response) => {
        count += 1;
        if (count % 3 === 1) response.destroy();
        else response.end();
      }),
    );
    const world = await startWorld(workers, receiver);
    const load = startLoad(world);
    for (let kill = 0; kill < kills; kill += 1) {
      await untilGrown(world.dataDir, 50 + Math.random() * 300);
      await world.crashRelay();
    }
    await untilGrown(world.dataDir, 50);
    await load.stop();
    await untilSent(world);
    const audit = recordsOf(world.dataDir);
    expect(audit.size).toBeGreaterThan(100);
    // What was thrown away came again.
    expect(expectAll(audit, linesOf(receiver))).toBeGreaterThan(0);
    expectAll(audit, readFileSync(world.file, 'utf8').trimEnd().split('\n'));
    expect(receiver.refused).toEqual([]);
  });

  it('hold nobody up while a receiver says nothing, and send all once it answers', async () => {
    const held: ServerResponse[] = [];
    let isSilent = true;
    const receiver = await startWebhookReceiver(
      Array.from({ length: 100_000 }, () => (response) => {
        if (isSilent) held.push(response);
        else response.end();
      }),
    );
    const world = await startWorld(1, receiver);
    const load = startLoad(world);
    await expect.poll(() => held.length, { timeout: 20_000 }).toBeGreaterThan(0);
    const before = load.answered();
    await untilGrown(world.dataDir, 300);
    expect(load.answered()).toBeGreaterThan(before + 200);
    expect(receiver.acknowledged).toEqual([]);
    isSilent = false;
    for (const response of held) response.destroy();
    await load.stop();
    await untilSent(world);
    expectAll(recordsOf(world.dataDir), linesOf(receiver));
  });

  it('come, go and change with the config, and lose nothing by it', async () => {
    const receiver = await startWebhookReceiver();
    const world = await startWorld(1, receiver);
    const load = startLoad(world);
    const withSinks = async (change: (sinks: readonly SinkInput[]) => readonly SinkInput[]): Promise<void> => {
      let reloads = world.relay.log.filter(({ msg }) => msg === 'config reloaded').length;
      let all: readonly SinkInput[] = [];
      world.configure((config) => {
        all = config.audit?.sinks ?? [];
        return { ...config, audit: { sinks: [...change(all)] } };
      });
      await world.relay.waitForLog(({ msg }) => msg === 'config reloaded' && --reloads < 0);
      await sleep(200);
    };
    let away: readonly SinkInput[] = [];
    await withSinks((sinks) => {
      away = sinks.filter(({ kind }) => kind === 'webhook');
      return sinks.filter(({ kind }) => kind === 'file');
    });
    const whileAway = receiver.messages.length;
    await withSinks((sinks) => sinks.map((sink) => ({ ...sink, gather_ms: 0 })));
    expect(receiver.messages.length).toBeLessThanOrEqual(whileAway + 1);
    await withSinks((sinks) => [...sinks, ...away]);
    world.relay.signal('SIGHUP');
    await sleep(200);
    await load.stop();
    await world.relay.stop();
    await untilSent(world);
    const audit = recordsOf(world.dataDir);
    expectAll(audit, linesOf(receiver));
    expectAll(audit, readFileSync(world.file, 'utf8').trimEnd().split('\n'));
  });
});

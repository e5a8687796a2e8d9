import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigInput } from '../test/support/demo-config.ts';
import { freePort } from '../test/support/free-port.ts';
import { startIdp } from '../test/support/idp/start-idp.ts';
import { type Bench, type Figure, median, rounded } from './figure.ts';
import { load } from './measure/load.ts';
import { readUsage } from './measure/process-usage.ts';
import { startScript } from './start-process.ts';
import type { BenchSystem } from './systems/bench-system.ts';
import { startCauseway } from './systems/causeway.ts';

const names = ['audit-on', 'audit-shipping-file', 'audit-shipping-webhook'] as const;
const secretVariable = 'CAUSEWAY_BENCH_SINK_SECRET';

type SinkInput = NonNullable<NonNullable<ConfigInput['audit']>['sinks']>[number];

interface Started {
  readonly name: (typeof names)[number];
  readonly system: BenchSystem;
  readonly close: () => Promise<void>;
}

/** What sending the audit elsewhere costs the main path: small JSON on 32 connections, without a sink and with one, in turns. */
export const sinks: Bench = async (options) => {
  const seconds = options.quick ? 1 : 5;
  const dir = mkdtempSync(join(tmpdir(), 'causeway-bench-sinks-'));
  process.env[secretVariable] = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
  const upstream = await startScript('upstream', {});
  const receiver = await startScript('sink-receiver', {});
  const started: Started[] = [];
  const sinksOf: Readonly<Record<(typeof names)[number], SinkInput[]>> = {
    'audit-on': [],
    'audit-shipping-file': [{ name: 'bench', kind: 'file', path: 'data/audit.jsonl' }],
    'audit-shipping-webhook': [
      {
        name: 'bench',
        kind: 'webhook',
        url: `http://127.0.0.1:${Number(receiver.ready['port'])}/`,
        secrets: [`\${env:${secretVariable}}`],
      },
    ],
  };
  try {
    for (const name of names) {
      const relayPort = await freePort();
      const audience = `https://127.0.0.1:${relayPort}`;
      const idp = await startIdp({ audience, accessTokenSeconds: 7200, signingAlgorithm: 'RS256' });
      const folder = join(dir, name);
      mkdirSync(folder);
      const world = { dir: folder, upstreamPort: Number(upstream.ready['port']), issuer: idp.issuer, audience };
      try {
        const system = await startCauseway(world, relayPort, idp.clientId, sinksOf[name]);
        started.push({
          name,
          system,
          close: async () => {
            await system.close();
            await idp.close();
          },
        });
      } catch (error) {
        await idp.close();
        throw error;
      }
    }
    for (const { system } of started) await load(system, 32, 1);
    const samples = new Map<string, { requestsPerSecond: number; p50Ms: number; cpuMsPerRequest: number }[]>();
    for (let round = 1; round <= options.rounds; round += 1) {
      options.say(`Round ${round} of ${options.rounds}`);
      for (const { name, system } of started) {
        const before = readUsage(system.pids);
        const { requests, requestsPerSecond, p50Ms } = await load(system, 32, seconds);
        const after = readUsage(system.pids);
        const cpuMs = before === null || after === null ? Number.NaN : after.cpuMs - before.cpuMs;
        samples.set(name, [
          ...(samples.get(name) ?? []),
          { requestsPerSecond, p50Ms, cpuMsPerRequest: cpuMs / requests },
        ]);
      }
    }
    return names.map((name): Figure => {
      const all = samples.get(name) ?? [];
      const figure = (key: 'requestsPerSecond' | 'p50Ms' | 'cpuMsPerRequest'): number =>
        rounded(median(all.map((one) => one[key])));
      return {
        bench: 'sinks',
        case: `main-path-${name}`,
        system: 'causeway',
        requestsPerSecond: figure('requestsPerSecond'),
        p50Ms: figure('p50Ms'),
        cpuMsPerRequest: figure('cpuMsPerRequest'),
      };
    });
  } finally {
    for (const { close } of started) await close();
    await receiver.close();
    await upstream.close();
    rmSync(dir, { recursive: true, force: true });
  }
};

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../test/support/free-port.ts';
import { startIdp } from '../test/support/idp/start-idp.ts';
import { type Bench, type Figure, rounded } from './figure.ts';
import { load } from './measure/load.ts';
import { alternatesVariable, type Used } from './observe/looks.ts';
import { startScript } from './start-process.ts';
import { startCauseway } from './systems/causeway.ts';

const connections = 32;
const secondsARound = 30;

/**
 * What metrics cost: one relay under one load, whose metrics are switched on and off four to six times a second, so that what else goes
 * on (collections, the index, another program) meets both alike. `busiestCpuMsPerRequest` is of its event loop.
 */
export const metrics: Bench = async ({ quick, rounds, say }) => {
  const dir = mkdtempSync(join(tmpdir(), 'causeway-bench-metrics-'));
  const relayPort = await freePort();
  const audience = `https://127.0.0.1:${relayPort}`;
  const idp = await startIdp({ audience, accessTokenSeconds: 7200, signingAlgorithm: 'RS256' });
  const upstream = await startScript('upstream', {});
  const opened: { close(): unknown }[] = [];
  try {
    const path = join(dir, 'used.json');
    const world = { dir, upstreamPort: Number(upstream.ready['port']), issuer: idp.issuer, audience };
    const system = await startCauseway(world, relayPort, idp.clientId, {
      execArgv: ['--import', new URL('./observe/alternate.ts', import.meta.url).href],
      env: { [alternatesVariable]: path },
    });
    opened.push(system);
    const read = (): { off: Used; on: Used } => JSON.parse(readFileSync(path, 'utf8')) as { off: Used; on: Used };
    await load(system, connections, quick ? 2 : 10);
    const warm = read();
    say(`${rounds} rounds of ${quick ? 2 : secondsARound} s`);
    for (let round = 0; round < rounds; round += 1) await load(system, connections, quick ? 2 : secondsARound);
    const all = read();
    const [off, on] = [figureOf('off', warm.off, all.off), figureOf('on', warm.on, all.on)];
    const share = (key: 'requestsPerSecond' | 'busiestCpuMsPerRequest'): number => rounded(on[key] / off[key]);
    return [off, { ...on, toBaseline: share('requestsPerSecond'), cpuToBaseline: share('busiestCpuMsPerRequest') }];
  } finally {
    for (const one of opened.toReversed()) await one.close();
    await upstream.close();
    await idp.close();
    rmSync(dir, { recursive: true, force: true });
  }
};

function figureOf(
  name: string,
  before: Used,
  after: Used,
): Figure & Required<Pick<Figure, 'requestsPerSecond' | 'busiestCpuMsPerRequest'>> {
  const requests = after.requests - before.requests;
  return {
    bench: 'metrics',
    case: name,
    system: 'causeway',
    requestsPerSecond: rounded((requests / (after.ms - before.ms)) * 1000),
    busiestCpuMsPerRequest: rounded((after.cpuUs - before.cpuUs) / 1000 / requests),
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import { verifyAudit } from '../../relay/audit/verify-audit.ts';
import { type BalancedRelays, untilStatus } from '../three-relays/relays-behind-balancer.ts';
import type { Crowd, CrowdCounts } from './crowd.ts';

/** What a rolling upgrade did to those who worked meanwhile. */
export interface RollReport {
  readonly counts: CrowdCounts;
  readonly seconds: number;
  /** Of each relay, whether its record is whole. */
  readonly audits: readonly string[];
}

export interface RollOptions {
  readonly mainPath?: string;
  /** How long each state is worked in, before the next step. */
  readonly stepMs: number;
  readonly say: (line: string) => void;
}

/** Takes one relay after the other out, and starts it as another version, while the crowd works. */
export async function rollRelays(world: BalancedRelays, crowd: Crowd, options: RollOptions): Promise<RollReport> {
  const { say, stepMs, mainPath } = options;
  const startedMs = performance.now();
  await sleep(stepMs);
  for (const relay of world.relays) {
    await relay.process?.stop();
    relay.process = null;
    say(`${relay.name} has drained and ended: ${wordsOf(crowd.counts())}`);
    await sleep(stepMs);
    await world.start(relay, mainPath);
    await untilStatus(world, relay, 200);
    say(`${relay.name} serves as the other version: ${wordsOf(crowd.counts())}`);
    await sleep(stepMs);
  }
  const seconds = (performance.now() - startedMs) / 1000;
  await crowd.close();
  return { counts: crowd.counts(), seconds, audits: world.relays.map(({ dataDir }) => verifyAudit(dataDir).status) };
}

/** How many were answered and what else happened, in a line. */
export function wordsOf({ answered, failed, slowestMs }: CrowdCounts): string {
  const good = [...answered.values()].reduce((sum, count) => sum + count, 0);
  const bad = [...failed].map(([what, count]) => `${count} × ${what}`).join(', ');
  return `${good} answered, ${bad === '' ? 'none failed' : bad}; slowest ${Math.round(slowestMs)} ms`;
}

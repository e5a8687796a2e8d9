import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { catalogPath } from '../../shared/discovery-document.ts';
import { verifyAudit } from '../../relay/audit/verify-audit.ts';
import { openGrantStore } from '../../relay/grants/grant-store.ts';
import { openRevocationFile } from '../../relay/identity/stored-revocations.ts';
import { openLockStore } from '../../relay/sessions/lock-store.ts';
import { sinkStatus } from '../../relay/sinks/sink-status.ts';
import { signInWithoutBrowser } from '../support/sign-in-without-browser.ts';
import { startHeadlessClient } from '../support/start-headless-client.ts';
import { startRelayProcess } from '../support/start-relay-process.ts';
import type { DoneAct } from './act-until-killed.ts';
import { askRelay } from './ask-relay.ts';
import { checkKept, type Kept } from './check-kept.ts';
import { api, type KillWorld, startKillWorld } from './kill-world.ts';
import { type KnownActs, noActs } from './known-acts.ts';
import { sendRequests } from './send-requests.ts';

/** Longest time under load before a kill; most of what a relay does once comes sooner. */
const longestLoadMs = 600;
/** One relay in so many is killed at some time of its start, and what it was at then is left to the next. */
const startsKilled = 5;
const longestStartMs = 2500;
/** One that isn’t killed while it starts may take its time: these runs are made beside other work. */
export const longestReadyMs = 600_000;
/** One process with commands in so many is killed, too. */
const commandsKilled = 3;

/**
 * Kills a relay with SIGKILL so many times, at random instants: under requests, sign-outs and access requests, with a
 * sink, beside commands that grant, lock and revoke and are killed as well; or while it starts. Answers what was kept,
 * after the kill that is under way once `enough` is aborted.
 */
export async function runKills(
  kills: number,
  say: (line: string) => void,
  enough: AbortSignal = new AbortController().signal,
): Promise<readonly Kept[]> {
  const world = await startKillWorld();
  const acts = noActs();
  let commands = await startCommands(world, acts, 'c0');
  let state: Parameters<typeof verifyAudit>[1];
  try {
    for (let kill = 1; kill <= kills && !enough.aborted; kill += 1) {
      const killed = kill % startsKilled === 0 ? killStart(world) : killUnderLoad(world, acts, `k${kill}`);
      await killed.catch((error: unknown) => {
        // Ctrl+C ends the relay as well, whatever it was at.
        if (!enough.aborted) throw error;
      });
      if (kill % commandsKilled === 0) {
        await end(commands);
        commands = await startCommands(world, acts, `c${kill}`);
      }
      const verdict = verifyAudit(world.dataDir, state);
      if (verdict.status === 'broken') throw new Error(`After ${kill} kills: ${verdict.reason}`);
      state = { state: verdict.state };
      if (kill % 10 === 0) say(`${kill} kills, ${acts.answered.length} answered requests`);
    }
    await end(commands);
    const { refused, sentUpTo } = await settle(world, acts);
    return [...checkKept(world, acts, sentUpTo), refused];
  } finally {
    commands.kill('SIGKILL');
    await world.close();
  }
}

async function killUnderLoad(world: KillWorld, acts: KnownActs, name: string): Promise<void> {
  const relay = await startRelayProcess({ configPath: world.configPath, readyTimeoutMs: longestReadyMs });
  const client = await startHeadlessClient({
    ca: [],
    openBrowser: async (url) => void (await signInWithoutBrowser(url, { user: 'alice' })),
  });
  try {
    const { id } = await client.signIn(world.relayUrl);
    const { port } = await client.connect(id, api);
    const enough = new AbortController();
    const asking = askRelay(world, name, acts, enough.signal);
    const load = sendRequests(port, name, (path) => acts.answered.push(path));
    // Only the first time: a kill before anybody was told anything says little.
    const told = async (): Promise<void> => {
      while (
        [acts.answered, acts.requested, acts.signedOut].some(({ length }) => length === 0) &&
        !enough.signal.aborted
      )
        await pause(10);
    };
    await Promise.race([told(), relay.exited]);
    await pause(Math.random() * longestLoadMs);
    relay.signal('SIGKILL');
    await relay.exited;
    enough.abort();
    await load.stop();
    await asking;
  } finally {
    relay.signal('SIGKILL');
    await client.close();
  }
}

async function killStart({ configPath }: KillWorld): Promise<void> {
  const starting = startRelayProcess({ configPath, readyTimeoutMs: Math.random() * longestStartMs });
  // Ready sooner than that: it is killed now.
  const relay = await starting.catch(() => null);
  relay?.signal('SIGKILL');
  await relay?.exited;
}

async function startCommands({ configPath }: KillWorld, acts: KnownActs, name: string): Promise<ChildProcess> {
  const child = fork(new URL('./act-until-killed.ts', import.meta.url), [configPath, name], { execArgv: [] });
  await once(child, 'message');
  child.on('message', ({ act, id }: DoneAct) => acts[act].push(id));
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  // Ctrl+C ends it, too.
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'close');
  child.kill('SIGKILL');
  await ended;
}

/**
 * A last relay, which isn't killed, does what the others left; answers whether it refuses what has ended, and which record
 * the sink has then.
 */
async function settle(
  world: KillWorld,
  { signedOut }: KnownActs,
): Promise<{ readonly refused: Kept; readonly sentUpTo: number }> {
  const relay = await startRelayProcess({ configPath: world.configPath, readyTimeoutMs: longestReadyMs });
  try {
    const wrong: string[] = [];
    for (const token of signedOut) {
      const answer = await fetch(`${world.relayUrl}${catalogPath}`, { headers: { Authorization: `Bearer ${token}` } });
      await answer.arrayBuffer();
      if (answer.status !== 401) wrong.push(`a token gets ${answer.status}`);
    }
    let sentUpTo: number | null = null;
    while ((sentUpTo = settledAt(world)) === null) await pause(50);
    return {
      refused: { what: 'sign-outs that the relay took are in force', count: signedOut.length, wrong },
      sentUpTo,
    };
  } finally {
    await relay.stop();
  }
}

/** The record up to which the sink has all; null while something waits for it, or for the audit. */
function settledAt({ dataDir }: KillWorld): number | null {
  const [grants, locks, revocations] = [openGrantStore(dataDir), openLockStore(dataDir), openRevocationFile(dataDir)];
  const waiting = [grants.outbox, locks, revocations.acts].reduce((sum, outbox) => sum + outbox.waiting().length, 0);
  for (const store of [grants, locks, revocations]) store.close();
  const [sink] = sinkStatus(dataDir, [{ name: 'shipped', kind: 'file', lagWarnMs: 60_000 }], Date.now());
  return waiting === 0 && sink?.waiting === 0 ? sink.sentUpTo : null;
}

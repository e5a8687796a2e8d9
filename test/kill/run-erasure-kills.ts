import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { auditFiles } from '../../relay/audit/audit-files.ts';
import { queryAudit } from '../../relay/audit/reading/query-audit.ts';
import { verifyAudit } from '../../relay/audit/verify-audit.ts';
import { erasuresUnderWay } from '../../relay/erasure/go-on-erasing.ts';
import { openKeyEraser } from '../../relay/erasure/key-eraser.ts';
import { untilNoticedMs } from '../../relay/erasure/until-noticed.ts';
import { askSocket, type SocketAnswer } from '../relay/admin/ask-socket.ts';
import { type RelayProcess, startRelayProcess } from '../support/start-relay-process.ts';
import type { Kept } from './check-kept.ts';
import { type KillWorld, startKillWorld } from './kill-world.ts';
import { fillWithPeople, peopleLeft, type PersonLeft, wordsIn } from './people-to-erase.ts';
import { longestReadyMs } from './run-kills.ts';

/** One relay in so many is killed while it starts, and so goes on with what an earlier kill broke off. */
const startsKilled = 4;
const longestStartMs = 2500;
/** A relay that starts goes on at once; beside other work it may take its time. */
const patienceMs = 60_000;

/**
 * Kills a relay with SIGKILL so many times, at random instants, while it erases people: from before their keys are thrown away
 * until they are out of all that is kept, and while a next relay goes on with that. Answers what became of them.
 */
export async function runErasureKills(
  kills: number,
  say: (line: string) => void,
  enough: AbortSignal = new AbortController().signal,
): Promise<readonly Kept[]> {
  const world = await startKillWorld((config) => ({ ...config, audit: { ...config.audit, erasable: true } }));
  const { dataDir } = world;
  try {
    // The first one is erased in peace, to see how long that takes.
    const [first, ...people] = peopleLeft(kills + 1) as [PersonLeft, ...PersonLeft[]];
    await fillWithPeople(dataDir, [first, ...people], Date.now());
    const aliases = aliasesOf(dataDir, [first, ...people]);
    const longestMs = await timeOfErasure(world, first);
    const brokenOff = new Set<string>();
    const told: PersonLeft[] = [first];
    for (let kill = 1; kill <= kills && !enough.aborted; kill += 1) {
      if (kill % startsKilled === 0) await killStart(world);
      else {
        const person = people.find((each) => hasKey(dataDir, each));
        if (person === undefined) break;
        const answer = await killErasure(world, person, { longestMs, isUnderWay: kill % 2 === 0 });
        if (answer?.status === 200) told.push(person);
      }
      for (const alias of erasuresUnderWay(dataDir)) brokenOff.add(alias);
      const verdict = verifyAudit(dataDir);
      if (verdict.status === 'broken') throw new Error(`After ${kill} kills: ${verdict.reason}`);
      if (kill % 10 === 0) say(`${kill} kills, ${brokenOff.size} erasures broken off`);
    }
    const left = await settle(world);
    const erased = [first, ...people].filter((person) => !hasKey(dataDir, person));
    const acts = queryAudit(dataDir, { type: 'administrator', limit: 1_000_000 }).flatMap(({ record }) =>
      record.type === 'administrator' && record.act === 'person-erased' ? [record.person?.subject ?? ''] : [],
    );
    const notOnce = erased.filter((person) => acts.filter((alias) => alias === aliases.get(person)).length !== 1);
    const verdict = verifyAudit(dataDir);
    return [
      { what: 'records verify', count: acts.length, wrong: verdict.status === 'ok' ? [] : [verdict.reason] },
      { what: 'erasures that a kill broke off came to their end by themselves', count: brokenOff.size, wrong: left },
      { what: 'people whose erasure had begun are in no file', count: erased.length, wrong: wordsIn(dataDir, erased) },
      { what: 'their erasures have one record', count: erased.length, wrong: notOnce.map(({ word }) => word) },
      {
        what: 'people are erased of whom that was said',
        count: told.length,
        wrong: told.filter((person) => !erased.includes(person)).map(({ word }) => word),
      },
    ];
  } finally {
    await world.close();
  }
}

function ask({ dataDir }: KillWorld, { caller }: PersonLeft): Promise<SocketAnswer> {
  const body = { who: caller.username, reason: 'Kill test' };
  return askSocket(join(dataDir, 'admin.sock'), '/admin/v1/people/erase', { method: 'POST', body });
}

function start({ configPath }: KillWorld): Promise<RelayProcess> {
  return startRelayProcess({ configPath, readyTimeoutMs: longestReadyMs });
}

async function timeOfErasure(world: KillWorld, person: PersonLeft): Promise<number> {
  const relay = await start(world);
  try {
    const fromMs = performance.now();
    const { status, body } = await ask(world, person);
    if (status !== 200) throw new Error(`The first erasure gets ${status}: ${body}`);
    return performance.now() - fromMs;
  } finally {
    await relay.stop();
  }
}

/** @returns the answer of the relay, if it came before the kill */
async function killErasure(
  world: KillWorld,
  person: PersonLeft,
  { longestMs, isUnderWay }: { readonly longestMs: number; readonly isUnderWay: boolean },
): Promise<SocketAnswer | null> {
  const relay = await start(world);
  try {
    await untilEnded(world.dataDir);
    let isAnswered = false;
    const asked = ask(world, person)
      .catch(() => null)
      .finally(() => (isAnswered = true));
    while (isUnderWay && !isAnswered && erasuresUnderWay(world.dataDir).length === 0) await pause(1);
    // It waits that long before it takes anybody out of the folder: such a kill surely comes in between.
    await pause(Math.random() * (isUnderWay ? untilNoticedMs / 2 : longestMs));
    relay.signal('SIGKILL');
    await relay.exited;
    return await asked;
  } finally {
    relay.signal('SIGKILL');
  }
}

async function killStart({ configPath }: KillWorld): Promise<void> {
  const starting = startRelayProcess({ configPath, readyTimeoutMs: Math.random() * longestStartMs });
  // Ready sooner than that: it is killed now.
  const relay = await starting.catch(() => null);
  relay?.signal('SIGKILL');
  await relay?.exited;
}

/** A last relay, which isn't killed, does what the others left. @returns erasures that it didn't end */
async function settle(world: KillWorld): Promise<readonly string[]> {
  const relay = await start(world);
  try {
    await untilEnded(world.dataDir).catch(() => undefined);
    return erasuresUnderWay(world.dataDir);
  } finally {
    await relay.stop();
  }
}

/** Waits until the relay, which isn't asked for it, has ended what was broken off. @throws Error when it doesn't */
async function untilEnded(dataDir: string): Promise<void> {
  const untilMs = performance.now() + patienceMs;
  while (erasuresUnderWay(dataDir).length > 0) {
    if (performance.now() > untilMs)
      throw new Error(`The relay doesn’t go on with the erasure of ${erasuresUnderWay(dataDir).join(', ')}.`);
    await pause(10);
  }
}

function hasKey(dataDir: string, { caller }: PersonLeft): boolean {
  const eraser = openKeyEraser(auditFiles(dataDir).keys);
  try {
    return eraser.holders(caller.username).length > 0;
  } finally {
    eraser.close();
  }
}

/** What people are called once they are erased. */
function aliasesOf(dataDir: string, people: readonly PersonLeft[]): ReadonlyMap<PersonLeft, string> {
  const eraser = openKeyEraser(auditFiles(dataDir).keys);
  try {
    return new Map(people.map((person) => [person, `erased-${eraser.holders(person.caller.username)[0]?.ids[0]}`]));
  } finally {
    eraser.close();
  }
}

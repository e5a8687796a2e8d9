import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Comparison, compareCase, judge } from './compare-program.ts';
import { hasProgram } from './find-program.ts';
import type { CaseOutcome, MatrixProgram } from './matrix-program.ts';
import { matrixPrograms } from './matrix-programs.ts';
import { type MatrixWorld, startMatrixWorld } from './matrix-world.ts';
import { readToolKeys, readToolsTable } from './read-tools-page.ts';
import { toolRows } from './tool-rows.ts';
import { startToolWorld } from './tool-world.ts';
import { twoAtATime } from './two-at-a-time.ts';

describe('what counts as the same', () => {
  const refused: CaseOutcome = { exit: 0, output: '413 10 4688bd29706b\n200 11 c984130079f4' };
  const broken: CaseOutcome = { exit: 1, output: 'write EPIPE\n200 11 c984130079f4' };
  const reset: CaseOutcome = { exit: 56, output: 'Recv failure: Connection reset by peer\n200 11 c984130079f4' };
  const stuck: CaseOutcome = { exit: 0, output: '413 10 4688bd29706b\nbroken' };
  const other: CaseOutcome = { exit: 0, output: '502 387 a116957d9ad6\n200 11 c984130079f4' };

  it.each([
    ['another error than directly', 'get', refused, reset, 'DIFFERS'],
    ['another exit code', 'get', refused, { ...refused, exit: 1 }, 'DIFFERS'],
    ['an answer of the relay in place of the refusal', 'big-refusal', refused, other, 'DIFFERS'],
    ['a next request that fails', 'big-refusal', refused, stuck, 'DIFFERS'],
    ['a program that never ends', 'big-refusal', refused, { exit: 'timeout', output: '' }, 'DIFFERS'],
    ['the refusal, where directly the connection broke', 'big-refusal', broken, refused, 'clearer'],
    ['another way of saying that the connection broke', 'big-refusal', broken, reset, 'same'],
    ['the same', 'get', refused, refused, 'same'],
  ] as const)('%s, %s', (_name, what, direct, relayed, verdict) => {
    expect(judge(what, [direct, 'http://127.0.0.1:1'], [relayed, 'http://127.0.0.1:2'])).toBe(verdict);
  });
});

describe('docs/tools.md', () => {
  it('names the programs of the matrix, each once', () => {
    const named = readToolsTable('Programs').map(([name]) => name);
    expect(named).toEqual(matrixPrograms.map(({ name }) => name));
  });

  it('names the tools of the matrix, each once', () => {
    const named = readToolsTable('Tools with their servers').map(([name]) => name);
    expect(named).toEqual(toolRows.map(({ name }) => name));
  });

  it('says that an API of HTTP/2 needs its key', () => {
    const needing = matrixPrograms
      .filter(({ server, relayedServer }) => (relayedServer ?? server) !== 'http1')
      .map(({ name }) => name);
    const said = readToolsTable('Programs').filter(([, , needs]) => needs?.includes('`protocol: http2`'));
    expect(said.map(([name]) => name)).toEqual(needing);
    for (const { name, http2 } of toolRows) expect(readToolKeys(name).protocol === 'http2').toBe(http2 === true);
  });
});

describe('programs', () => {
  const quick = matrixPrograms.filter((row) => row.quick);
  const present = quick.filter(({ needs }) => hasProgram(needs));
  let world: MatrixWorld;
  const results = new Map<MatrixProgram, readonly Comparison[]>();

  beforeAll(async () => {
    world = await startMatrixWorld();
    const run = async (row: MatrixProgram): Promise<readonly Comparison[]> => {
      const comparisons: Comparison[] = [];
      for (const what of row.cases) comparisons.push(await compareCase(world, row, what));
      return comparisons;
    };
    for await (const [row, comparisons] of twoAtATime(present, run)) results.set(row, comparisons);
  });
  afterAll(() => world?.close());

  for (const row of quick) {
    it.skipIf(!present.includes(row))(`${row.name} gets the same as directly`, () => {
      expect(results.get(row)?.length).toBe(row.cases.length);
      expect(results.get(row)?.filter(({ verdict }) => verdict === 'DIFFERS')).toEqual([]);
    });
  }
});

describe('tools', () => {
  const quick = toolRows.filter((row) => row.quick);

  for (const row of quick) {
    it.skipIf(!row.needs.every(hasProgram))(`${row.name} gets the same from its server as directly`, async () => {
      const world = await startToolWorld([row], 3_000_000);
      try {
        const { same, direct, relayed } = await world.compare(row);
        expect(same, `directly ${direct.output}, via relay ${relayed.output}`).toBe(true);
        expect(direct.exit).toBe(0);
      } finally {
        await world.close();
      }
    });
  }
});

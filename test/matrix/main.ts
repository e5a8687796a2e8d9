import { parseArgs } from 'node:util';
import { compareCase, type Comparison } from './compare-program.ts';
import { installMissing } from './find-program.ts';
import { type CaseOutcome, matrixCases, type MatrixProgram } from './matrix-program.ts';
import { matrixPrograms } from './matrix-programs.ts';
import { startMatrixWorld } from './matrix-world.ts';
import { toolRows } from './tool-rows.ts';
import { startToolWorld } from './tool-world.ts';
import { twoAtATime } from './two-at-a-time.ts';

const { values: options } = parseArgs({
  options: { only: { type: 'string', multiple: true }, quick: { type: 'boolean', default: false } },
});
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const isWanted = ({ name, quick }: { name: string; quick: boolean }): boolean =>
  (quick || !options.quick) && (options.only?.some((part) => name.includes(part)) ?? true);

interface Difference {
  readonly name: string;
  readonly direct: CaseOutcome;
  readonly relayed: CaseOutcome;
}

const startedMs = performance.now();
const seconds = (sinceMs: number): string => `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
const width = 36;
const differing: Difference[] = [];
let compared = 0;

async function runPrograms(programs: readonly MatrixProgram[]): Promise<void> {
  const world = await startMatrixWorld();
  const runRow = async (program: MatrixProgram): Promise<readonly Comparison[]> => {
    const row: Comparison[] = [];
    for (const what of program.cases) row.push(await compareCase(world, program, what));
    return row;
  };
  say(['program'.padEnd(width), ...matrixCases.map((what) => what.padEnd(13))].join('').trimEnd());
  for await (const [{ name }, row] of twoAtATime(programs, runRow)) {
    const cells = matrixCases.map((what) => row.find((one) => one.what === what)?.verdict ?? '–');
    say([name.padEnd(width), ...cells.map((cell) => cell.padEnd(13))].join('').trimEnd());
    compared += row.length;
    for (const { what, verdict, direct, relayed } of row) {
      if (verdict === 'DIFFERS') differing.push({ name: `${name}, ${what}`, direct, relayed });
    }
  }
  await world.close();
}

const { present: programs, missing } = installMissing(
  matrixPrograms.filter(isWanted).map((row) => ({ ...row, needs: [row.needs], debian: [row.debian], row })),
);
const tools = installMissing(toolRows.filter(isWanted));
if (programs.length > 0) await runPrograms(programs.map(({ row }) => row));
if (tools.present.length > 0) {
  const world = await startToolWorld(tools.present);
  say(`\n${'tool and its server'.padEnd(width)}result`);
  for await (const [{ name }, { same, direct, relayed }] of twoAtATime(tools.present, (row) => world.compare(row))) {
    say(`${name.padEnd(width)}${same ? 'same' : 'DIFFERS'}`);
    compared += 1;
    if (!same) differing.push({ name, direct, relayed });
  }
  await world.close();
}
for (const { name, debian } of [...missing, ...tools.missing]) {
  say(`not run, as it can’t be installed here: ${name} (Debian’s ${debian.join(', ')})`);
}
for (const { name, direct, relayed } of differing) {
  say(`\n${name}`);
  say(`  directly:  exit ${direct.exit}  ${JSON.stringify(direct.output.slice(-1500))}`);
  say(`  via relay: exit ${relayed.exit}  ${JSON.stringify(relayed.output.slice(-1500))}`);
}
say(`\n${compared} compared, ${differing.length} differ, ${seconds(startedMs)}`);
process.exit(differing.length === 0 ? 0 : 1);

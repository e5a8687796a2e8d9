import { parseArgs } from 'node:util';
import { compareCase, type Comparison } from './compare-program.ts';
import { hasProgram, installDebianPackages } from './find-program.ts';
import { matrixCases } from './matrix-program.ts';
import { matrixPrograms } from './matrix-programs.ts';
import { startMatrixWorld } from './matrix-world.ts';

const { values: options } = parseArgs({
  options: { only: { type: 'string', multiple: true }, quick: { type: 'boolean', default: false } },
});
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const wanted = matrixPrograms
  .filter(({ quick }) => quick || !options.quick)
  .filter(({ name }) => options.only?.some((part) => name.includes(part)) ?? true);

for (const { needs, debian } of wanted) if (!hasProgram(needs)) installDebianPackages([debian]);
const present = wanted.filter(({ needs }) => hasProgram(needs));

const world = await startMatrixWorld();
const differing: { program: string; comparison: Comparison }[] = [];
let compared = 0;
const width = 34;
say(['program'.padEnd(width), ...matrixCases.map((what) => what.padEnd(9))].join(''));
for (const program of present) {
  process.stdout.write(program.name.padEnd(width));
  for (const what of matrixCases) {
    if (program.cases.includes(what)) {
      const comparison = await compareCase(world, program, what);
      compared += 1;
      if (!comparison.same) differing.push({ program: program.name, comparison });
      process.stdout.write((comparison.same ? 'same' : 'DIFFERS').padEnd(9));
    } else process.stdout.write('–'.padEnd(9));
  }
  say('');
}
await world.close();
for (const { name, debian } of wanted.filter((program) => !present.includes(program))) {
  say(`not installed: ${name} (Debian’s ${debian})`);
}
for (const { program, comparison } of differing) {
  say(`\n${program}, ${comparison.what}`);
  say(`  directly:  exit ${comparison.direct.exit}  ${JSON.stringify(comparison.direct.output.slice(-600))}`);
  say(`  via relay: exit ${comparison.relayed.exit}  ${JSON.stringify(comparison.relayed.output.slice(-600))}`);
}
say(`\n${compared} compared, ${differing.length} differ`);
process.exit(differing.length === 0 ? 0 : 1);

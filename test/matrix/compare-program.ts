import type { CaseOutcome, MatrixCase, MatrixProgram } from './matrix-program.ts';
import type { MatrixWorld } from './matrix-world.ts';
import { runCommand } from './run-command.ts';

/** One cell of the table. */
export interface Comparison {
  readonly what: MatrixCase;
  readonly same: boolean;
  readonly direct: CaseOutcome;
  readonly relayed: CaseOutcome;
}

/** Leaves out what must differ: the address, and times. */
const comparable = ({ exit, output }: CaseOutcome, base: string): string =>
  `${exit}\n${output.replaceAll(base, 'BASE')}`.replaceAll(/^(date|connection|keep-alive): .*\n?/gimu, '');

/** Runs a case directly, then through client and relay, and says whether the program saw and did the same. */
export async function compareCase(world: MatrixWorld, program: MatrixProgram, what: MatrixCase): Promise<Comparison> {
  const run = (base: string): Promise<CaseOutcome> =>
    runCommand(program.command(what, { base, bigFile: world.bigFile }));
  const directBase = world.direct(program.server);
  const relayedBase = world.relayed(program.relayedServer ?? program.server);
  const direct = await run(directBase);
  const relayed = await run(relayedBase);
  const same = comparable(direct, directBase) === comparable(relayed, relayedBase);
  return { what, same, direct, relayed };
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CaseOutcome, MatrixCase, MatrixProgram } from './matrix-program.ts';
import type { MatrixWorld } from './matrix-world.ts';
import { runCommand } from './run-command.ts';

/** `clearer`: directly the connection broke while a body was sent that nobody read, through the relay the refusal came. */
export type Verdict = 'same' | 'clearer' | 'DIFFERS';

/** One cell of the table. */
export interface Comparison {
  readonly what: MatrixCase;
  readonly verdict: Verdict;
  readonly direct: CaseOutcome;
  readonly relayed: CaseOutcome;
}

/** Curl of Debian 12 sees the refusal of an HTTP/2 server once in ten times. */
const maxChances = 5;

/** Leaves out what must differ: the address, and times. */
const comparable = ({ exit, output }: CaseOutcome, base: string): string =>
  `${exit}\n${output.replaceAll(base, 'BASE')}`.replaceAll(/^(date|connection|keep-alive): .*\n?/gimu, '');

/** What a program made of the refusal of a large body: the refusal itself, or one of many ways to say that it broke. */
function classOfRefusal({ exit, output }: CaseOutcome): string {
  const refusal = /\b413\b|too large/iu.test(output) ? 'refused' : exit === 'timeout' ? 'timeout' : 'broken';
  return `${refusal}, next ${/\b200\b|after/u.test(output) ? 'works' : 'none'}`;
}

export function judge(what: MatrixCase, direct: [CaseOutcome, string], relayed: [CaseOutcome, string]): Verdict {
  if (what !== 'big-refusal') return comparable(...direct) === comparable(...relayed) ? 'same' : 'DIFFERS';
  const [before, now] = [classOfRefusal(direct[0]), classOfRefusal(relayed[0])];
  if (before === now) return 'same';
  return before === now.replace('refused', 'broken') ? 'clearer' : 'DIFFERS';
}

/** Runs a case directly, then through client and relay, and says whether the program saw and did the same. */
export async function compareCase(world: MatrixWorld, program: MatrixProgram, what: MatrixCase): Promise<Comparison> {
  const run = async (base: string): Promise<CaseOutcome> => {
    const cwd = mkdtempSync(join(tmpdir(), 'causeway-case-'));
    try {
      return await runCommand(program.command(what, { base, bigFile: world.bigFile }), { cwd });
    } finally {
      rmSync(cwd, { recursive: true, force: true });
    }
  };
  const directBase = world.direct(program.server);
  const relayedBase = world.relayed(program.relayedServer ?? program.server);
  let direct = await run(directBase);
  const relayed = await run(relayedBase);
  const verdict = (): Verdict => judge(what, [direct, directBase], [relayed, relayedBase]);
  // Who sends what nobody reads sees the refusal or a broken connection by chance: the relay may do what happens directly.
  const chances = what === 'big-refusal' ? maxChances : 0;
  for (let chance = 0; chance < chances && verdict() === 'DIFFERS'; chance += 1) direct = await run(directBase);
  return { what, verdict: verdict(), direct, relayed };
}

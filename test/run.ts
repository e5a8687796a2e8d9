import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installBrowser, installDrivenPrograms, installPostgres, installRedis } from './support/install-programs.ts';
import { runSuite } from './support/run-suite.ts';

/** Outcome of one step. A step that is no test suite counts as one test. */
interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped?: readonly string[];
  readonly flaky?: readonly string[];
}

interface Step {
  readonly name: string;
  readonly run: () => Promise<Counts>;
  /** Begins with the first step and runs beside all others; what it says comes when it is over. */
  readonly isBeside?: boolean;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: options } = parseArgs({
  options: { electron: { type: 'boolean', default: false }, only: { type: 'string', multiple: true } },
});

/** Runs a command of an installed package or a script; it counts as one test. */
function check(script: string, ...scriptArguments: string[]): () => Promise<Counts> {
  return async () => {
    const child = spawn(process.execPath, [script, ...scriptArguments], { cwd: root, stdio: 'inherit' });
    return countOf(await hasWorked(child));
  };
}

/** The same beside other steps: says what it has to say at its end. */
function checkBeside(script: string, ...scriptArguments: string[]): () => Promise<Counts> {
  return async () => {
    const child = spawn(process.execPath, [script, ...scriptArguments], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk));
    const worked = await hasWorked(child);
    process.stdout.write(Buffer.concat([Buffer.from('\n'), ...said]));
    return countOf(worked);
  };
}

const hasWorked = (child: ChildProcess): Promise<boolean> =>
  new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code === 0));
  });
const countOf = (worked: boolean): Counts => ({ passed: worked ? 1 : 0, failed: worked ? 0 : 1 });

function suite(config: string, env: Record<string, string> = {}): () => Promise<Counts> {
  return async () => {
    const counts = await runSuite({ config, env, say: console.log });
    for (const problem of counts.problems) console.error(problem);
    console.log(`Slowest files:\n  ${counts.slowest.join('\n  ')}`);
    return counts;
  };
}

/** The script of a package's command. */
function bin(name: string): string {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { bin?: Record<string, string> }>;
  };
  for (const [place, entry] of Object.entries(lock.packages)) {
    const path = entry.bin?.[name];
    if (path !== undefined && place.lastIndexOf('node_modules/') === 0) return join(root, place, path);
  }
  throw new Error(`No installed package has the command ${name}`);
}

async function buildDesktop(): Promise<Counts> {
  const { buildApp } = await import('../build/build-app.ts');
  await buildApp();
  return { passed: 1, failed: 0 };
}

async function provideElectron(): Promise<Counts> {
  const { ensureElectron } = await import('../build/electron-runtime.ts');
  const runtime = await ensureElectron();
  if (runtime.status === 'missing') throw new Error(runtime.reason);
  return { passed: 1, failed: 0 };
}

const electronEnv: Record<string, string> = options.electron ? { CAUSEWAY_ELECTRON: 'required' } : {};
const steps: readonly Step[] = [
  { name: 'format', run: checkBeside(bin('oxfmt'), '--check'), isBeside: true },
  { name: 'lint', run: checkBeside(bin('oxlint')), isBeside: true },
  { name: 'types', run: checkBeside(bin('tsc'), '-b'), isBeside: true },
  { name: 'unit and integration', run: suite('vitest.config.ts') },
  ...(options.electron ? [{ name: 'electron', run: provideElectron }] : []),
  { name: 'app build', run: buildDesktop },
  { name: 'e2e', run: suite('test/e2e/vitest.config.ts', electronEnv) },
  { name: 'demo', run: check('test/demo.ts', '--check') },
];

async function runStep(step: Step): Promise<Counts & { readonly seconds: string }> {
  const startedMs = performance.now();
  if (step.isBeside !== true) console.log(`\n── ${step.name}`);
  let counts: Counts;
  try {
    counts = await step.run();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    counts = { passed: 0, failed: 1 };
  }
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`── ${step.name}: ${counts.failed === 0 ? 'ok' : 'FAILED'} in ${seconds} s`);
  return { ...counts, seconds };
}

let passed = 0;
let failed = 0;
const skipped: string[] = [];
const flaky: string[] = [];
const summary: string[] = [];
installBrowser(console.log);
installRedis(console.log);
installPostgres(console.log);
installDrivenPrograms(console.log);
const wanted = steps.filter(({ name }) => options.only?.includes(name) ?? true);
const outcomes = new Map<Step, ReturnType<typeof runStep>>();
for (const step of wanted) if (step.isBeside === true) outcomes.set(step, runStep(step));
for (const step of wanted) {
  if (step.isBeside === true) continue;
  const outcome = runStep(step);
  outcomes.set(step, outcome);
  await outcome;
}
for (const step of wanted) {
  const outcome = outcomes.get(step);
  if (outcome === undefined) continue;
  const counts = await outcome;
  passed += counts.passed;
  failed += counts.failed;
  skipped.push(...(counts.skipped ?? []));
  flaky.push(...(counts.flaky ?? []));
  summary.push(
    `${counts.failed === 0 ? '✓' : '✗'} ${step.name.padEnd(22)} ${counts.seconds.padStart(6)} s  ${counts.passed} passed, ${counts.failed} failed`,
  );
}

console.log(`\n${summary.join('\n')}`);
for (const name of skipped) console.log(`skipped: ${name}`);
// These failed beside other tests and passed alone.
for (const line of flaky) console.log(`flaky: ${line}`);
if (skipped.length > 0) console.log(`${skipped.length} skipped: they are listed above`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

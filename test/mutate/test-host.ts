import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BaseSequencer, createVitest, type TestSpecification } from 'vitest/node';
import { keepProcess } from './kept-worker.ts';

/** Asks a host to run tests, in this order. */
export interface RunRequest {
  readonly tests: readonly string[];
  /** The files whose text is another one for this run. */
  readonly changed: readonly string[];
  /** In a process that hasn't run tests before. */
  readonly isFresh: boolean;
}

/** What became of a run, which ends at the first failure; `skipped` when a file without tests that ran is among them. */
export interface RunAnswer {
  readonly status: 'passed' | 'failed' | 'skipped';
}

/** A process that keeps Vitest ready between runs. Started by `startTestHost`, which ends it when a run takes too long. */
const root = process.cwd();
let order: readonly string[] = [];
let lastChanged: readonly string[] = [];
let runs = 0;

/** What tests leave behind adds up. */
const runsOfOneProcess = 60;

class AsAsked extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => order.findIndex((path) => moduleId.endsWith(path));
    return specifications.toSorted((one, other) => rank(one) - rank(other));
  }
}

const kept = keepProcess();
const vitest = await createVitest(
  {
    root,
    config: false,
    watch: false,
    include: ['test/**/*.test.ts'],
    setupFiles: [fileURLToPath(new URL('take-changes.ts', import.meta.url))],
    pool: { name: 'kept', createPoolWorker: kept.createPoolWorker },
    maxWorkers: 1,
    fileParallelism: false,
    bail: 1,
    cache: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: [{}],
    sequence: { sequencer: AsAsked },
    expect: { poll: { timeout: 20_000 } },
  },
  { cacheDir: `${root}/.mutate-cache` },
);
await vitest.globTestSpecifications();

/** What these files have become, as Vitest's processes evaluate it. */
async function handOver(files: ReadonlySet<string>): Promise<void> {
  const { ssr } = vitest.getRootProject().vite.environments;
  const codes: Record<string, string> = {};
  for (const file of files) {
    const path = join(root, file);
    vitest.invalidateFile(path);
    // oxlint-disable-next-line no-await-in-loop -- there is one processor for it
    codes[path] = (await ssr?.transformRequest(path))?.code ?? '';
  }
  writeFileSync(join(root, '.mutate-changed.json'), JSON.stringify(codes));
}

async function run({ tests, changed, isFresh }: RunRequest): Promise<RunAnswer> {
  if (isFresh || runs >= runsOfOneProcess) {
    await kept.renew();
    runs = 0;
  }
  runs++;
  // What the last run changed is as it was.
  await handOver(new Set([...lastChanged, ...changed]));
  lastChanged = changed;
  // Failures and errors of earlier runs would count for this one.
  vitest.state.filesMap.clear();
  vitest.state.errorsSet.clear();
  order = tests;
  const project = vitest.getRootProject();
  const specifications = tests.map((path) => project.createSpecification(`${root}/${path}`));
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications, false);
  const states = testModules.map((module) => module.state());
  if (unhandledErrors.length > 0 || states.includes('failed')) return { status: 'failed' };
  return {
    status: states.length === tests.length && states.every((state) => state === 'passed') ? 'passed' : 'skipped',
  };
}

process.on('message', (request: RunRequest) => {
  run(request).then(
    (answer) => process.send?.(answer),
    () => process.exit(1),
  );
});
// Whoever started this is gone.
process.on('disconnect', () => process.exit());
process.send?.('ready');

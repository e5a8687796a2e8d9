import { BaseSequencer, createVitest, type TestSpecification } from 'vitest/node';

/** Asks a host to run tests, in this order; `changed` is the file whose text is another one for this run. */
export interface RunRequest {
  readonly tests: readonly string[];
  readonly changed: string | null;
}

/** What became of a run, which ends at the first failure; `skipped` when a file without tests that ran is among them. */
export interface RunAnswer {
  readonly status: 'passed' | 'failed' | 'skipped';
}

/** A process that keeps Vitest ready between runs. Started by `startTestHost`, which ends it when a run takes too long. */
const root = process.cwd();
let order: readonly string[] = [];
let lastChanged: string | null = null;

class AsAsked extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => order.findIndex((path) => moduleId.endsWith(path));
    return specifications.toSorted((one, other) => rank(one) - rank(other));
  }
}

const vitest = await createVitest(
  {
    root,
    config: false,
    watch: false,
    include: ['test/**/*.test.ts'],
    pool: 'forks',
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

async function run({ tests, changed }: RunRequest): Promise<RunAnswer> {
  // What the last run changed is as it was.
  for (const file of [lastChanged, changed]) if (file !== null) vitest.invalidateFile(`${root}/${file}`);
  lastChanged = changed;
  // Failures of earlier runs would count for `bail`.
  vitest.state.filesMap.clear();
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

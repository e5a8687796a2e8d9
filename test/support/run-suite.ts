import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ReportedFile, SuiteReport } from './suite-report.ts';

/** Outcome of a suite. */
export interface SuiteCounts {
  readonly passed: number;
  readonly failed: number;
  /** Names of tests. */
  readonly skipped: readonly string[];
  /** What failed beside other tests and passed alone: `<file> > <test>: <first line of the error>`. */
  readonly flaky: readonly string[];
  /** Why the run failed apart from failed tests. */
  readonly problems: readonly string[];
  /** The files that took longest, beside others: `<file> <seconds> s`. */
  readonly slowest: readonly string[];
}

export interface SuiteOptions {
  /** Vitest's configuration. */
  readonly config: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Failed files beyond this number aren't run again. */
  readonly mostFilesAgain?: number;
  readonly output?: 'inherit' | 'ignore';
  /** Hears what runs a second time. */
  readonly say?: (line: string) => void;
}

interface Run {
  readonly files: readonly ReportedFile[];
  readonly problems: readonly string[];
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const reporter = fileURLToPath(new URL('suite-reporter.ts', import.meta.url));
const mostFilesAgain = 12;
const slowestShown = 20;

function readReport(path: string): SuiteReport | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as SuiteReport;
  } catch {
    // Vitest ended before it wrote one, which the caller counts as a failure.
    return null;
  }
}

function problemsOf(code: number | null, report: SuiteReport | null): readonly string[] {
  if (report === null) return [`Vitest ended with ${code ?? 'a signal'} and without a report`];
  const problems = report.unhandled.map((error) => `unhandled error: ${error}`);
  const someFailed = report.files.some(({ failed }) => failed);
  const nonePassed = !report.files.some(({ tests }) => tests.some(({ status }) => status === 'passed'));
  if (nonePassed && !someFailed) problems.push('no test ran');
  // Failed files explain 1; whatever else it says may not be lost.
  const expected = someFailed ? 1 : 0;
  if (code !== expected && problems.length === 0) problems.push(`Vitest ended with ${code ?? 'a signal'}`);
  return problems;
}

async function runVitest(options: SuiteOptions, more: readonly string[]): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-suite-'));
  const file = join(folder, 'report.json');
  try {
    const child = spawn(
      process.execPath,
      [vitest, 'run', '--config', options.config, '--reporter=dot', `--reporter=${reporter}`, ...more],
      {
        cwd: root,
        stdio: options.output ?? 'inherit',
        env: { ...process.env, ...options.env, NO_COLOR: '1', CAUSEWAY_SUITE_REPORT: file },
      },
    );
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const report = readReport(file);
    return { files: report?.files ?? [], problems: problemsOf(code, report) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether a file's second run is whole: no test is missing, and each one that didn't pass before has passed now. */
function passedAlone(before: ReportedFile, again: ReportedFile | undefined): again is ReportedFile {
  if (again === undefined || again.failed || !again.tests.some(({ status }) => status === 'passed')) return false;
  return before.tests.every((test) => {
    const same = again.tests.filter(({ name }) => name === test.name);
    const fits = same.every(({ status }) => status === 'passed' || (status === 'skipped' && test.status === 'skipped'));
    return same.length > 0 && fits;
  });
}

function describeFailures({ path, errors, tests }: ReportedFile): readonly string[] {
  const file = relative(root, path);
  const outside = errors.map(({ suite, error }) => `${[file, ...(suite === '' ? [] : [suite])].join(' > ')}: ${error}`);
  const failed = tests.filter(({ status }) => status === 'failed' || status === 'unfinished');
  return [...outside, ...failed.map(({ name, error }) => `${file} > ${name}: ${error ?? 'didn’t finish'}`)];
}

const count = (files: readonly ReportedFile[], ...statuses: readonly string[]): number =>
  files.flatMap(({ tests }) => tests).filter(({ status }) => statuses.includes(status)).length;

/**
 * Runs a Vitest suite, and a few failed files of it once more, one after the other with nothing beside them: a slow machine
 * fails a run only for what fails again. Errors outside of tests, and runs without tests, are failures at once.
 */
export async function runSuite(options: SuiteOptions): Promise<SuiteCounts> {
  const first = await runVitest(options, []);
  const failed = first.files.filter(({ failed: bad }) => bad);
  const runsAgain =
    first.problems.length === 0 && failed.length > 0 && failed.length <= (options.mostFilesAgain ?? mostFilesAgain);
  if (runsAgain) {
    const names = failed.map(({ path }) => `  ${relative(root, path)}`);
    options.say?.(`\nOnce more, alone:\n${names.join('\n')}`);
  }
  const second = runsAgain
    ? await runVitest(options, ['--maxWorkers=1', '--no-file-parallelism', ...failed.map(({ path }) => path)])
    : { files: [], problems: [] };
  const pairs = failed.map((before) => ({ before, again: second.files.find(({ path }) => path === before.path) }));
  const excused = pairs.filter(({ before, again }) => passedAlone(before, again));
  const bad = pairs.filter((pair) => !excused.includes(pair)).map(({ before, again }) => again ?? before);
  const good = [...first.files.filter((file) => !file.failed), ...excused.flatMap(({ again }) => again ?? [])];
  const problems = [...first.problems, ...second.problems];
  const files = [...good, ...bad];
  const ofTests = bad.map((file) => Math.max(1, count([file], 'failed', 'unfinished')));
  return {
    passed: count(files, 'passed'),
    failed: ofTests.reduce((sum, each) => sum + each, 0) + problems.length,
    skipped: files.flatMap(({ tests }) => tests.filter(({ status }) => status === 'skipped').map(({ name }) => name)),
    flaky: excused.flatMap(({ before }) => describeFailures(before)),
    problems,
    slowest: first.files
      .toSorted((one, other) => other.seconds - one.seconds)
      .slice(0, slowestShown)
      .map(({ path, seconds }) => `${relative(root, path)} ${seconds.toFixed(1)} s`),
  };
}

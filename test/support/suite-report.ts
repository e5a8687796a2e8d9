import type { TestModule, TestSuite } from 'vitest/node';

/** What became of one test; `unfinished` when its process ended before it did. */
export interface ReportedTest {
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'skipped' | 'unfinished';
  /** The first line of its first error. */
  readonly error?: string;
}

/** What became of one test file. */
export interface ReportedFile {
  /** Absolute. */
  readonly path: string;
  readonly failed: boolean;
  /** With its hooks and what it loads. */
  readonly seconds: number;
  /** First lines of the errors outside of its tests, each after the name of the suite, if any: hooks, loading. */
  readonly errors: readonly { readonly suite: string; readonly error: string }[];
  readonly tests: readonly ReportedTest[];
}

/** What Vitest knows at the end of a run. */
export interface SuiteReport {
  readonly files: readonly ReportedFile[];
  /** Errors that belong to no test: a rejection that nobody handled, a process that ended. */
  readonly unhandled: readonly string[];
}

/** The first line that says something, without colours. */
export function firstLine(message: string): string {
  // oxlint-disable-next-line no-control-regex -- colours are control characters
  const plain = message.replaceAll(/\u001B\[[0-9;]*m/g, '');
  return plain.split('\n').find((line) => line.trim() !== '') ?? 'an error without a message';
}

function statusOf(state: 'passed' | 'failed' | 'skipped' | 'pending'): ReportedTest['status'] {
  return state === 'pending' ? 'unfinished' : state;
}

/** One file of Vitest's as it stands in the report. */
export function reportFile(module: TestModule): ReportedFile {
  const ofSuite = (suite: TestModule | TestSuite): ReportedFile['errors'] =>
    suite
      .errors()
      .map(({ message }) => ({ suite: suite.type === 'suite' ? suite.fullName : '', error: firstLine(message) }));
  const errors = [module, ...module.children.allSuites()].flatMap(ofSuite);
  const tests = [...module.children.allTests()].map((test): ReportedTest => {
    const { state, errors: own } = test.result();
    const error = own?.[0]?.message;
    return { name: test.fullName, status: statusOf(state), ...(error !== undefined && { error: firstLine(error) }) };
  });
  const state = module.state();
  const ended = state === 'passed' || state === 'skipped';
  const sound = tests.every(({ status }) => status === 'passed' || status === 'skipped');
  const { duration, collectDuration } = module.diagnostic();
  const seconds = (duration + collectDuration) / 1000;
  return { path: module.moduleId, failed: !ended || errors.length > 0 || !sound, seconds, errors, tests };
}

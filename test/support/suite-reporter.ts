import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';
import { firstLine, reportFile, type SuiteReport } from './suite-report.ts';

/** Writes what became of each test to the file that `CAUSEWAY_SUITE_REPORT` names, for `runSuite`. */
// oxlint-disable-next-line import/no-default-export -- Vitest makes an instance of a reporter's default export
export default class SuiteReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const report: SuiteReport = {
      files: modules.map(reportFile),
      unhandled: unhandledErrors.map(({ message }) => firstLine(message)),
    };
    writeFileSync(process.env['CAUSEWAY_SUITE_REPORT'] ?? '', JSON.stringify(report));
  }
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runSuite, type SuiteCounts } from './run-suite.ts';

const folder = 'test/support/suite-fixture';
const config = fileURLToPath(new URL('suite-fixture/vitest.config.ts', import.meta.url));

// Each starts Vitest once or twice.
describe('the counts of a suite', { timeout: 180_000 }, () => {
  let memory: string;
  beforeEach(() => {
    memory = mkdtempSync(join(tmpdir(), 'causeway-fixture-'));
  });
  afterEach(() => rmSync(memory, { recursive: true, force: true }));

  const run = (...fixtures: readonly string[]): Promise<SuiteCounts> => runAtMost(5, fixtures);
  const runAtMost = (mostFilesAgain: number, fixtures: readonly string[]): Promise<SuiteCounts> =>
    runSuite({
      config,
      mostFilesAgain,
      output: 'ignore',
      env: { SUITE_FIXTURES: fixtures.join(','), SUITE_FIXTURE_DIR: memory },
    });

  it('fail for a process that ended, even though its file would pass alone', async () => {
    const counts = await run('sound', 'crashing');
    expect(counts).toMatchObject({ passed: 2, flaky: [] });
    expect(counts.failed).toBeGreaterThan(0);
    expect(counts.problems.join()).toContain('unhandled error');
  });

  it('fail for an error outside of tests, although every test passed', async () => {
    const counts = await run('sound', 'rejecting');
    expect(counts).toMatchObject({ passed: 3, failed: 1, problems: ['unhandled error: nobody listens'] });
  });

  it('fail when there is no test', async () => {
    expect(await run('absent')).toMatchObject({ passed: 0, failed: 1 });
  });

  it('fail for a file that can’t be loaded, one without tests, and one whose failed test is left out the second time', async () => {
    expect(await run('unloadable', 'empty', 'hiding')).toMatchObject({ passed: 1, failed: 3, flaky: [] });
  });

  it('fail for a test that fails again, and only for that one', async () => {
    expect(await run('sound', 'wrong', 'late')).toMatchObject({
      passed: 5,
      failed: 1,
      skipped: ['cannot run here'],
      flaky: [`${folder}/late.fixture.ts > a page > has its listener in time: too late`],
      problems: [],
    });
  });

  it('fail at once when more files failed than a slow machine explains', async () => {
    expect(await runAtMost(1, ['late', 'slow-start'])).toMatchObject({ passed: 1, failed: 2, flaky: [] });
  });

  it('name the files that took longest', async () => {
    const { slowest } = await run('sound', 'wrong');
    expect(slowest.toSorted()).toEqual([
      expect.stringMatching(/\/sound\.fixture\.ts \d+\.\d s$/),
      expect.stringMatching(/\/wrong\.fixture\.ts \d+\.\d s$/),
    ]);
  });

  it('name what failed beside others and passed alone', async () => {
    expect(await run('sound', 'late', 'slow-start')).toMatchObject({
      passed: 5,
      failed: 0,
      skipped: ['cannot run here'],
      flaky: [
        `${folder}/late.fixture.ts > a page > has its listener in time: too late`,
        `${folder}/slow-start.fixture.ts > a relay: not ready in time`,
      ],
      problems: [],
    });
  });
});

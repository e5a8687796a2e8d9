import { readFile } from 'node:fs/promises';
import { AccessError } from '../../shared/errors.ts';
import { loadConfig } from '../config/load-config.ts';
import { parsePolicyTests, type PolicyTestResults, runPolicyTests } from '../policy/policy-tests.ts';

export interface TestPolicyOptions {
  readonly configPath: string;
  readonly testsPath: string;
  readonly write: (text: string) => void;
  /** For what goes wrong; it stands with the answer when left out. */
  readonly warn?: (text: string) => void;
}

/**
 * Runs expected decisions against a config's rules and writes TAP 14. Exit code 0 when all are as expected, 1 when one
 * differs, 2 when a file can't be used.
 */
export async function testPolicy({ configPath, testsPath, write, warn = write }: TestPolicyOptions): Promise<number> {
  let tested: PolicyTestResults;
  try {
    const { config } = await loadConfig(configPath, { files: 'skip' });
    tested = runPolicyTests(config, parsePolicyTests(await textOf(testsPath), testsPath));
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    warn(`${error.message}\n`);
    return 2;
  }
  const { results, policyRevision } = tested;
  write(`TAP version 14\n1..${results.length}\n`);
  for (const [index, { title, differences }] of results.entries()) {
    const isAsExpected = differences.length === 0;
    write(`${isAsExpected ? 'ok' : 'not ok'} ${index + 1} - ${title.replaceAll('#', String.raw`\#`)}\n`);
    if (!isAsExpected) write(`  ---\n${differences.map((line) => `  ${line}\n`).join('')}  ...\n`);
  }
  const asExpected = results.filter(({ differences }) => differences.length === 0).length;
  write(`# ${asExpected} of ${results.length} as expected, policy ${policyRevision}\n`);
  return asExpected === results.length ? 0 : 1;
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new AccessError('bad-input', `${path} can’t be read.`, { cause: error });
  }
}

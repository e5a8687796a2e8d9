import { Command } from 'commander';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openAuditReader } from '../../relay/audit/reading/audit-reader.ts';
import type { AuditEntry } from '../../relay/audit/reading/audit-query.ts';
import { addAuditCommands } from '../../relay/commands/audit/add-audit-commands.ts';
import { fillAudit } from '../support/fill-audit.ts';
import { temporaryFolder } from '../relay/audit/audit-fixtures.ts';
import { commandsOf } from './page-commands.ts';
import { codesIn, readProjectFile, sectionOf, tableIn } from './read-docs.ts';

const questions = tableIn(sectionOf(readProjectFile('docs/audit.md'), '### Ten questions'));

/** What the page calls by other names than the made-up company. */
function inCompany(word: string, dataDir: string): string {
  if (word === 'alice') return 'person-7';
  if (word !== 'REQUEST_ID' && word !== 'GRANT_ID') return word;
  const reader = openAuditReader(dataDir);
  const type = word === 'GRANT_ID' ? 'access' : 'decision';
  const [entry] = reader.newestFirst({ type });
  reader.close();
  const record = entry?.record;
  return record?.type === 'access' ? record.grant : record?.type === 'decision' ? record.requestId : '';
}

it('each of the ten questions of the audit page is answered by its command, with records', async () => {
  const dataDir = temporaryFolder();
  fillAudit(dataDir, 34_000);
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  onTestFinished(() => said.mockRestore());
  expect(questions).toHaveLength(10);
  expect(questions.map(({ command = '' }) => codesIn(command)[0])).toEqual(commandsOf('ten questions'));
  for (const { question, command = '' } of questions) {
    const words = (codesIn(command)[0] ?? '').split(' ').map((word) => inCompany(word, dataDir));
    const lines: string[] = [];
    const finish = vi.fn<(exitCode: number) => void>();
    const program = new Command().exitOverride();
    addAuditCommands(program, {
      write: (line) => lines.push(line),
      finish,
    });
    await program.parseAsync([...words, '--data', dataDir, '--json'], { from: 'user' });
    expect(finish.mock.calls, question).toEqual([[0]]);
    const entries = lines.map((line) => JSON.parse(line) as AuditEntry).filter(({ record }) => record !== undefined);
    expect(entries.length, question).toBeGreaterThan(0);
  }
});

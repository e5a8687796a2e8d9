import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { auditFiles } from '../../../relay/audit/audit-files.ts';
import { formatVerifierKey } from '../../../relay/audit/checkpoint-note.ts';
import { verifyCommand } from '../../../relay/commands/verify-audit.ts';
import { append, decision, openAudit, temporaryFolder } from '../audit/audit-fixtures.ts';

const otherKey = formatVerifierKey(generateKeyPairSync('ed25519').privateKey);

const given: readonly (readonly [what: string, key: (own: string, folder: string) => string, code: number])[] = [
  ['the line of the key', (own) => own, 0],
  ['the line with its end', (own) => `${own}\n`, 0],
  ['a file with the line', (own, folder) => written(join(folder, 'kept.txt'), `${own}\n`), 0],
  ['the line of another key', () => otherKey, 1],
  ['a file with another key', (_own, folder) => written(join(folder, 'other.txt'), otherKey), 1],
  ['a file without a key', (_own, folder) => written(join(folder, 'none.txt'), 'none'), 1],
];

function written(path: string, text: string): string {
  writeFileSync(path, text);
  return path;
}

async function verify(keyOf: (own: string, folder: string) => string): Promise<number> {
  const dataDir = temporaryFolder();
  const audit = await openAudit(dataDir);
  await append(audit, decision('r1'));
  await audit.close();
  const own = readFileSync(auditFiles(dataDir).verifierKey, 'utf8').trim();
  return verifyCommand({
    dataDir,
    verifierKey: keyOf(own, dataDir),
    checkpoints: undefined,
    state: join(dataDir, 'state.json'),
    full: true,
    json: false,
    write: () => undefined,
  });
}

test.each(given)('with %s as the kept key the audit is judged by it', async (_what, keyOf, code) => {
  expect(await verify(keyOf)).toBe(code);
});

test('a kept key that is neither a line nor a file is an error', async () => {
  await expect(verify(() => '/nowhere/key.txt')).rejects.toMatchObject({ code: 'bad-input' });
});

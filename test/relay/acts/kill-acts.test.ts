import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createOutboxWriter } from '../../../relay/acts/outbox.ts';
import { queryAudit } from '../../../relay/audit/reading/query-audit.ts';
import { verifyAudit } from '../../../relay/audit/verify-audit.ts';
import { openGrantStore } from '../../../relay/grants/grant-store.ts';
import { openRevocationFile } from '../../../relay/identity/stored-revocations.ts';
import { openAudit, silent, temporaryFolder } from '../audit/audit-fixtures.ts';

const kills = 12;

async function startChild(role: 'relay' | 'command', dataDir: string, prefix = ''): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'act-child.ts'), [role, dataDir, prefix]);
  await once(child, 'message');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** What was left waiting is written, as the next start of a relay does. */
async function recover(dataDir: string): Promise<void> {
  const audit = await openAudit(dataDir);
  const file = openRevocationFile(dataDir);
  const grants = openGrantStore(dataDir);
  for (const outbox of [file.acts, grants.outbox])
    await new Promise<void>((resolve) =>
      createOutboxWriter(outbox, { audit, dataDir, log: silent, onSettled: resolve }).write(),
    );
  file.close();
  grants.close();
  await audit.close();
}

function revokedInForce(dataDir: string): readonly string[] {
  const file = openRevocationFile(dataDir);
  const marks = file.read(Date.now());
  file.close();
  return marks.map(({ name }) => String((JSON.parse(name) as unknown[])[2])).toSorted();
}

function revokedInAudit(dataDir: string): readonly string[] {
  return queryAudit(dataDir, { limit: 1_000_000 })
    .flatMap(({ record }) => (record.type === 'administrator' ? [record.person?.subject ?? ''] : []))
    .toSorted();
}

test('a command that is killed at any instant, without a relay, has revoked and recorded once, or neither', async () => {
  const dataDir = temporaryFolder();
  for (let round = 0; round < kills; round += 1) {
    const child = await startChild('command', dataDir, `r${round}`);
    await sleep(Math.random() * 250);
    await kill(child);
  }
  await recover(dataDir);
  expect(revokedInAudit(dataDir)).toEqual(revokedInForce(dataDir));
  expect(revokedInAudit(dataDir).length).toBeGreaterThan(kills / 2);
  expect(verifyAudit(dataDir).status).toBe('ok');
}, 60_000);

test('a relay that is killed at any instant, under commands, records each act once', async () => {
  const dataDir = temporaryFolder();
  const store = openGrantStore(dataDir);
  const requester = { issuer: 'https://idp.example', subject: 's', username: 'alice' };
  const approved: string[] = [];
  const commands = await startChild('command', dataDir, 'c');
  for (let round = 0; round < kills; round += 1) {
    const relay = await startChild('relay', dataDir);
    const endMs = performance.now() + 20 + Math.random() * 80;
    while (performance.now() < endMs) {
      const { id } = store.request({ requester, api: null, role: 'admin', reason: 'test', hours: 1 }, Date.now());
      store.decide(id, 'approved', 'bob', 'fine', Date.now());
      approved.push(id);
      await sleep(1);
    }
    await kill(relay);
  }
  await kill(commands);
  store.close();
  await recover(dataDir);
  expect(revokedInAudit(dataDir)).toEqual(revokedInForce(dataDir));
  const inAudit = queryAudit(dataDir, { limit: 1_000_000 }).flatMap(({ record }) =>
    record.type === 'access' && record.event === 'approved' ? [record.grant] : [],
  );
  expect(inAudit.toSorted()).toEqual(approved.toSorted());
  expect(verifyAudit(dataDir).status).toBe('ok');
}, 60_000);

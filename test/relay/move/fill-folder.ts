import { openGrantStore } from '../../../relay/grants/grant-store.ts';
import { openRevocationFile } from '../../../relay/identity/stored-revocations.ts';
import { openRevisionStore, revisionHash } from '../../../relay/revisions/revision-store.ts';
import { newLock } from '../../../relay/sessions/lock.ts';
import { openLockStore } from '../../../relay/sessions/lock-store.ts';
import { openSessionStore } from '../../../relay/sessions/session-store.ts';
import { asked, caller, count, denied, writeAudit } from '../reports/audit-of.ts';

const issuer = 'https://sso.example.com';

/** How many of each there are. */
export const filled = {
  locks: 40,
  revocations: 60,
  'access requests': 90,
  sessions: 120,
  configs: 30,
  'counted requests': 400,
} as const;

/** Makes a data folder as a relay leaves it that stood alone, with acts that no audit has yet. */
export async function fillFolder(dataDir: string): Promise<void> {
  const nowMs = Date.now();
  await writeAudit(
    dataDir,
    Array.from({ length: filled['counted requests'] }, (_, index) =>
      (index % 5 === 0 ? denied : asked)(caller(`person-${index % 7}`), index % 24, { path: `/v1/${index % 3}/x` }),
    ),
  );
  await count(dataDir);
  const grants = openGrantStore(dataDir);
  for (let index = 0; index < filled['access requests']; index += 1) {
    const username = `person-${index}`;
    const requester = { issuer, subject: `subject-${index}`, username };
    const { id } = grants.request({ requester, api: 'orders', role: 'writers', reason: 'r', hours: 8 }, nowMs + index);
    if (index % 3 === 0) continue;
    grants.decide(id, index % 3 === 1 ? 'approved' : 'refused', 'lead', 'n', nowMs + index + 1);
    if (index % 9 === 1) grants.revoke(id, 'lead', 'n', nowMs + index + 2);
  }
  grants.close();
  const locks = openLockStore(dataDir);
  for (let index = 0; index < filled.locks; index += 1) {
    const target = { type: 'person', who: `person-${index}`, issuer: null } as const;
    const lock = newLock(target, { reason: 'r', author: 'root', untilMs: null }, nowMs + index);
    locks.add([lock], 'lock-added');
    if (index % 4 === 0) locks.remove(lock.id, 'root', 'cleared', nowMs + index + 1);
  }
  locks.close();
  const revocations = openRevocationFile(dataDir);
  for (let index = 0; index < filled.revocations; index += 1)
    revocations.write([{ name: `subject ${index}`, atMs: nowMs - index, by: 'administrator' }]);
  revocations.close();
  const sessions = openSessionStore(dataDir);
  sessions.put(
    Array.from({ length: filled.sessions }, (_, index) => ({
      id: `session-${index}`,
      kind: 'person' as const,
      issuer,
      provider: 'Example Company',
      subject: `subject-${index}`,
      username: `person-${index}`,
      device: { id: `d${index}`, name: 'Laptop', system: 'linux', appVersion: '1.0.0' },
      acr: null,
      signedInAtMs: null,
      binding: 'key' as const,
      tokenId: null,
      issuedAtMs: nowMs,
      sinceMs: nowMs,
      lastUsedAtMs: nowMs + index,
      addresses: { '10.0.0.1': nowMs },
      apis: { orders: nowMs },
      tunnels: {},
    })),
  );
  sessions.close();
  const revisions = openRevisionStore(dataDir);
  for (let index = 0; index < filled.configs; index += 1) {
    const text = `relay: ${index % 10}\n`;
    const event = index % 4 === 3 ? 'refused' : 'loaded';
    revisions.keep({ timeMs: nowMs + index, event, file: '/etc/relay.yaml', hash: revisionHash(text) }, text);
  }
  revisions.close();
}

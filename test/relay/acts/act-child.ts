import { pino } from 'pino';
import { recordActs } from '../../../relay/start/record-acts.ts';
import { createAuditLog } from '../../../relay/audit/create-audit-log.ts';
import { revokeCommand } from '../../../relay/commands/revoke.ts';
import { startGrants } from '../../../relay/grants/grants.ts';

/** What the parent, which kills this process, wants it to be: the command again and again, or what of a relay records. */
const [role = '', dataDir = '', prefix = ''] = process.argv.slice(2);

if (role === 'relay') {
  const log = pino({ level: 'silent' });
  const audit = await createAuditLog({ dataDir, log });
  recordActs({ dataDir, audit, log, pollMs: 1 });
  const config = () => ({ apis: [], access_requests: { roles: [] } });
  startGrants({ dataDir, audit, log, config, onChange: () => undefined, pollMs: 1 });
  process.send?.('up');
  // The poll alone doesn't keep a process alive.
  setInterval(() => undefined, 1000);
} else {
  process.send?.('up');
  for (let act = 0; ; act += 1) {
    const who = `${prefix}-${act}`;
    await revokeCommand({ dataDir, who, issuer: 'https://idp.example', reason: 'kill test', write: () => undefined });
  }
}

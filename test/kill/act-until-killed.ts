// The commands of somebody who runs the relay, one after the other, in a process that is killed as well. Tells its parent
// of each that said it is done.
import { accessCommand } from '../../relay/commands/access.ts';
import { locksCommand } from '../../relay/commands/locks.ts';
import { revokeCommand } from '../../relay/commands/revoke.ts';
import { loadConfig } from '../../relay/config/load-config.ts';
import { openGrantStore } from '../../relay/grants/grant-store.ts';
import { api, role } from './kill-world.ts';
import type { KnownActs } from './known-acts.ts';

/** What was done, and what of it. */
export interface DoneAct {
  readonly act: Extract<keyof KnownActs, 'approved' | 'locked' | 'revoked'>;
  readonly id: string;
}

const [configPath = '', name = ''] = process.argv.slice(2);
const { config } = await loadConfig(configPath);
const dataDir = config.relay.data;
const issuer = String(config.issuers[0]?.issuer);
const reason = 'a command that is killed';
const tell = (done: DoneAct): void => void process.send?.(done);
process.send?.('up');

for (let count = 0; ; count += 1) {
  const subject = `${name}-${count}`;
  let said = '';
  const write = (text: string): void => void (said += text);
  if (count % 3 === 0) {
    const store = openGrantStore(dataDir);
    const requester = { issuer, subject, username: subject };
    const { id } = store.request({ requester, api, role, reason, hours: 8 }, Date.now());
    store.close();
    const action = { type: 'approve' as const, id, reason };
    if ((await accessCommand({ dataDir, action, json: true, write })) === 0) tell({ act: 'approved', id });
  } else if (count % 3 === 1) {
    const action = { type: 'add' as const, target: { device: subject }, reason, untilMs: null };
    if ((await locksCommand({ config, action, json: true, write })) === 0)
      tell({ act: 'locked', id: (JSON.parse(said) as { id: string }).id });
  } else if ((await revokeCommand({ dataDir, who: subject, issuer, reason, write })) === 0)
    tell({ act: 'revoked', id: subject });
}

import { setTimeout as pause } from 'node:timers/promises';
import { signOutPath } from '../../shared/discovery-document.ts';
import { api, type KillWorld, role } from './kill-world.ts';
import type { KnownActs } from './known-acts.ts';

const betweenMs = 15;

/** People, another one each time, who ask the relay for access and sign out, until `signal` says that it is enough. */
export async function askRelay(world: KillWorld, name: string, acts: KnownActs, signal: AbortSignal): Promise<void> {
  for (let count = 0; !signal.aborted; count += 1) {
    const subject = `${name}-${count}`;
    const token = await world.idp.mintAccessToken({
      user: 'alice',
      claims: { sub: subject, preferred_username: subject },
    });
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
    try {
      if (count % 2 === 0) {
        const body = JSON.stringify({ api, role, reason: 'to be kept', hours: 8 });
        const answer = await fetch(`${world.relayUrl}/v1/access-requests`, { method: 'POST', headers, body, signal });
        if (answer.status === 201) acts.requested.push(((await answer.json()) as { id: string }).id);
      } else {
        const answer = await fetch(`${world.relayUrl}${signOutPath}`, { method: 'POST', headers, signal });
        if (answer.status === 204) acts.signedOut.push(token);
      }
    } catch {
      // The relay was killed meanwhile: nobody was told anything.
    }
    await pause(betweenMs, undefined, { signal }).catch(() => undefined);
  }
}

import { userInfo } from 'node:os';
import { AccessError } from '../../shared/errors.ts';
import type { AccessRequest } from '../grants/grant.ts';
import { openGrantStore } from '../grants/grant-store.ts';

export interface AccessCommandOptions {
  readonly dataDir: string;
  readonly action:
    | { readonly type: 'list'; readonly status?: AccessRequest['status'] }
    | { readonly type: 'approve' | 'refuse' | 'revoke'; readonly id: string; readonly note: string };
  readonly json: boolean;
  readonly write: (text: string) => void;
  readonly now?: () => number;
}

/**
 * Reads and decides access requests in the data folder, for those who run the relay. A running relay takes the change
 * over within a second and puts it into the audit; otherwise it does at its next start. Exit code 0, or 2 for bad input.
 */
export function accessCommand({ dataDir, action, json, write, now = Date.now }: AccessCommandOptions): number {
  const store = openGrantStore(dataDir);
  try {
    const by = `${userInfo().username} (command line)`;
    const show = (request: AccessRequest): void => write(json ? `${JSON.stringify(request)}\n` : `${line(request)}\n`);
    switch (action.type) {
      case 'list':
        store.expire(now());
        for (const request of store.list(action.status === undefined ? {} : { status: action.status })) show(request);
        break;
      case 'approve':
        show(store.decide(action.id, 'approved', by, action.note, now()));
        break;
      case 'refuse':
        show(store.decide(action.id, 'refused', by, action.note, now()));
        break;
      case 'revoke':
        show(store.revoke(action.id, by, action.note, now()));
    }
    return 0;
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    write(`${error.message}\n`);
    return 2;
  } finally {
    store.close();
  }
}

function line({ id, status, requester, role, api, hours, expiresAtMs, reason }: AccessRequest): string {
  const where = api === null ? 'at all APIs' : `at ${api}`;
  const until = expiresAtMs === null ? `for ${hours} h` : `until ${new Date(expiresAtMs).toISOString()}`;
  // The reason is somebody else's text: nothing in it may steer the terminal.
  const plain = reason.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ');
  return `${id}  ${status.padEnd(8)}  ${requester.username}: ${role} ${where}, ${until}: ${plain}`;
}

import { AccessError } from '../../shared/errors.ts';
import { shownText } from '../../shared/shown-text.ts';
import { currentOperator, operatorWords } from '../acts/operator.ts';
import { decideAccessRequest, type GrantDecision, listAccessRequests } from '../administration/access-requests.ts';
import type { StatePlace } from '../administration/state-place.ts';
import type { AccessRequest } from '../grants/grant.ts';
import { waitsWords } from './waits-words.ts';

export interface AccessCommandOptions extends StatePlace {
  readonly action:
    | { readonly type: 'list'; readonly status?: AccessRequest['status'] }
    | { readonly type: 'approve' | 'refuse' | 'revoke'; readonly id: string; readonly reason: string };
  readonly json: boolean;
  readonly write: (text: string) => void;
  readonly now?: () => number;
}

const decisions = { approve: 'approved', refuse: 'refused', revoke: 'revoked' } as const satisfies Record<
  string,
  GrantDecision
>;

/**
 * Lists and decides access requests, for those who run the relay. Exit code 0, 2 for bad input, or 1 when Redis or the
 * storage can't be reached.
 */
export async function accessCommand(options: AccessCommandOptions): Promise<number> {
  const { action, json, write, now = Date.now } = options;
  const show = (request: AccessRequest): void => write(json ? `${JSON.stringify(request)}\n` : `${line(request)}\n`);
  try {
    if (action.type === 'list') {
      const filter = action.status === undefined ? {} : { status: action.status };
      for (const request of await listAccessRequests(options, filter, now())) show(request);
      return 0;
    }
    const by = { author: operatorWords(currentOperator()), reason: action.reason };
    const decided = await decideAccessRequest(options, action.id, decisions[action.type], by, now());
    show(decided.request);
    if (!decided.isRecorded && !json) write(waitsWords(options.storage));
    return 0;
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    write(`${error.message}\n`);
    return error.code === 'shared-state-unavailable' ? 1 : 2;
  }
}

function line({ id, status, requester, role, api, hours, expiresAtMs, reason }: AccessRequest): string {
  const where = api === null ? 'at all APIs' : `at ${api}`;
  const until = expiresAtMs === null ? `for ${hours} h` : `until ${new Date(expiresAtMs).toISOString()}`;
  // The reason is somebody else's text: nothing in it may steer the terminal.
  const plain = shownText(reason);
  return `${id}  ${status.padEnd(8)}  ${requester.username}: ${role} ${where}, ${until}: ${plain}`;
}

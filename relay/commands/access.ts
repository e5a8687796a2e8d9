import { AccessError } from '../../shared/errors.ts';
import { shownText } from '../../shared/shown-text.ts';
import { currentOperator, operatorWords } from '../acts/operator.ts';
import { decideAccessRequest, type GrantDecision, listAccessRequests } from '../administration/access-requests.ts';
import type { StatePlace } from '../administration/state-place.ts';
import type { AccessRequest } from '../grants/grant.ts';
import { allPages, type AtRelay, type RunningRelay } from './running-relay.ts';
import { waitsWords } from './waits-words.ts';

export type AccessCommandOptions = (StatePlace | AtRelay) & {
  readonly action:
    | { readonly type: 'list'; readonly status?: AccessRequest['status'] }
    | { readonly type: 'approve' | 'refuse' | 'revoke'; readonly id: string; readonly reason: string };
  readonly json: boolean;
  readonly write: (text: string) => void;
  /** For what goes wrong; it stands with the answer when left out. */
  readonly warn?: (text: string) => void;
  readonly now?: () => number;
};

const decisions = { approve: 'approved', refuse: 'refused', revoke: 'revoked' } as const satisfies Record<
  string,
  GrantDecision
>;

type Decided = Awaited<ReturnType<typeof decideAccessRequest>>;

interface Access {
  readonly isStored: boolean;
  list(status: AccessRequest['status'] | undefined): Promise<readonly AccessRequest[]>;
  decide(id: string, decision: keyof typeof decisions, reason: string): Promise<Decided>;
}

/**
 * Lists and decides access requests, for those who run the relay. Exit code 0, 2 for bad input, or 1 when Redis or the
 * storage can't be reached.
 */
export async function accessCommand(options: AccessCommandOptions): Promise<number> {
  const { action, json, write, warn = write, now = Date.now } = options;
  const access = 'relay' in options ? atRelay(options.relay) : inPlace(options, now);
  const show = (request: AccessRequest): void => write(showRequest(request, json));
  try {
    if (action.type === 'list') {
      const listed = await access.list(action.status);
      for (const request of listed) show(request);
      if (listed.length === 0 && !json) write('No request for access.\n');
      return 0;
    }
    const decided = await access.decide(action.id, action.type, action.reason);
    show(decided.request);
    if (!decided.isRecorded && !json) write(waitsWords(access.isStored));
    return 0;
  } catch (error) {
    return tellRefusal(error, warn);
  }
}

/** Says what was refused; answers the exit code. @throws what is no refusal */
export function tellRefusal(error: unknown, warn: (text: string) => void): number {
  if (!(error instanceof AccessError)) throw error;
  warn(`${error.message}\n`);
  return error.code === 'shared-state-unavailable' ? 1 : 2;
}

function inPlace(place: StatePlace, now: () => number): Access {
  return {
    isStored: place.storage !== undefined,
    list: (status) => listAccessRequests(place, status === undefined ? {} : { status }, now()),
    decide: (id, decision, reason) =>
      decideAccessRequest(place, id, decisions[decision], { author: operatorWords(currentOperator()), reason }, now()),
  };
}

function atRelay(relay: RunningRelay): Access {
  const path = '/admin/v1/access-requests';
  return {
    isStored: relay.stateIn === 'storage',
    list: (status) => allPages<AccessRequest>(relay, path, { status }, 'requests'),
    async decide(id, decision, reason) {
      const answer = await relay.post(`${path}/${encodeURIComponent(id)}/${decision}`, { reason });
      const { request, recorded } = answer as { readonly request: AccessRequest; readonly recorded: boolean };
      return { request, isRecorded: recorded };
    },
  };
}

/** A request, or what became of it, as a line. */
export function showRequest(request: AccessRequest, json: boolean): string {
  return `${json ? JSON.stringify(request) : line(request)}\n`;
}

function line({ id, status, requester, role, api, hours, expiresAtMs, reason }: AccessRequest): string {
  const where = api === null ? 'at all APIs' : `at ${api}`;
  const until = expiresAtMs === null ? `for ${hours} h` : `until ${new Date(expiresAtMs).toISOString()}`;
  // The reason is somebody else's text: nothing in it may steer the terminal.
  const plain = shownText(reason);
  return `${id}  ${status.padEnd(8)}  ${requester.username}: ${role} ${where}, ${until}: ${plain}`;
}

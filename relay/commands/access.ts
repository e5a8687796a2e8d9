import { pino } from 'pino';
import { AccessError } from '../../shared/errors.ts';
import { currentOperator, operatorWords, readReason } from '../acts/operator.ts';
import { untilRecorded } from '../acts/until-recorded.ts';
import type { AccessRequest } from '../grants/grant.ts';
import { type GrantStore, type LocalGrantStore, openGrantStore } from '../grants/grant-store.ts';
import type { RedisSettings } from '../shared-state/redis-settings.ts';
import { shownText } from '../../shared/shown-text.ts';

export interface AccessCommandOptions {
  readonly dataDir: string;
  /** Where relays share their requests; left out for a relay that stands alone. */
  readonly redis?: RedisSettings | undefined;
  readonly action:
    | { readonly type: 'list'; readonly status?: AccessRequest['status'] }
    | { readonly type: 'approve' | 'refuse' | 'revoke'; readonly id: string; readonly reason: string };
  readonly json: boolean;
  readonly write: (text: string) => void;
  readonly now?: () => number;
}

/**
 * Reads and decides access requests in the data folder or in Redis, for those who run the relay. A running relay takes
 * the change over within a second and puts it into the audit; when none runs on the data folder, the command does. In
 * Redis, one of the relays that share it does. Exit code 0, 2 for bad input, or 1 when Redis can't be reached.
 */
export async function accessCommand(options: AccessCommandOptions): Promise<number> {
  const { action, json, write, now = Date.now } = options;
  const by = operatorWords(currentOperator());
  const show = (request: AccessRequest): void => write(json ? `${JSON.stringify(request)}\n` : `${line(request)}\n`);
  let store: GrantStore | undefined;
  try {
    const reason = action.type === 'list' ? '' : readReason(action.reason);
    const opened = await openStore(options);
    store = opened;
    switch (action.type) {
      case 'list':
        await store.expire(now());
        for (const request of await store.list(action.status === undefined ? {} : { status: action.status }))
          show(request);
        break;
      case 'approve':
        show(await store.decide(action.id, 'approved', by, reason, now()));
        break;
      case 'refuse':
        show(await store.decide(action.id, 'refused', by, reason, now()));
        break;
      case 'revoke':
        show(await store.revoke(action.id, by, reason, now()));
    }
    if ('outbox' in opened && action.type !== 'list') await untilInAudit(options, opened, action);
    return 0;
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    write(`${error.message}\n`);
    return error.code === 'shared-state-unavailable' ? 1 : 2;
  } finally {
    store?.close();
  }
}

async function untilInAudit(
  { dataDir, write, json }: AccessCommandOptions,
  { outbox }: LocalGrantStore,
  { id, type }: Exclude<AccessCommandOptions['action'], { type: 'list' }>,
): Promise<void> {
  const event = ({ approve: 'approved', refuse: 'refused', revoke: 'revoked' } as const)[type];
  const isRecorded = (): boolean =>
    !outbox.waiting().some(({ record }) => record.type === 'access' && record.grant === id && record.event === event);
  if (!(await untilRecorded({ dataDir, outbox, isRecorded })) && !json) write(waitsWords);
}

/** Says that an act is in force, and kept for whoever can write the audit again. */
export const waitsWords = 'It is in force. Its record waits in the data folder until the relay can write the audit.\n';

async function openStore({ dataDir, redis: settings }: AccessCommandOptions): Promise<GrantStore | LocalGrantStore> {
  if (settings === undefined) return openGrantStore(dataDir);
  // Only where it is needed: loading it takes as long as all the rest.
  const { connectRedis } = await import('../shared-state/redis-connection.ts');
  const { openRedisGrantStore } = await import('../grants/redis-grant-store.ts');
  const redis = connectRedis(settings, pino({ level: 'silent' }));
  try {
    await redis.untilReady();
  } catch (error) {
    redis.close();
    throw error;
  }
  return { ...openRedisGrantStore(redis), close: () => redis.close() };
}

function line({ id, status, requester, role, api, hours, expiresAtMs, reason }: AccessRequest): string {
  const where = api === null ? 'at all APIs' : `at ${api}`;
  const until = expiresAtMs === null ? `for ${hours} h` : `until ${new Date(expiresAtMs).toISOString()}`;
  // The reason is somebody else's text: nothing in it may steer the terminal.
  const plain = shownText(reason);
  return `${id}  ${status.padEnd(8)}  ${requester.username}: ${role} ${where}, ${until}: ${plain}`;
}

import { pino } from 'pino';
import { AccessError } from '../../shared/errors.ts';
import { currentOperator, operatorWords, readReason } from '../acts/operator.ts';
import type { Outbox, WaitingRecord } from '../acts/outbox.ts';
import type { PostgresActs } from '../acts/postgres-acts.ts';
import { untilRecorded } from '../acts/until-recorded.ts';
import { untilTaken } from '../acts/until-taken.ts';
import type { AccessRequest } from '../grants/grant.ts';
import { type GrantStore, openGrantStore } from '../grants/grant-store.ts';
import type { RedisSettings } from '../shared-state/redis-settings.ts';
import { shownText } from '../../shared/shown-text.ts';
import type { PostgresSettings } from '../storage/postgres/postgres-settings.ts';

export interface AccessCommandOptions {
  readonly dataDir: string;
  /** Where relays share their requests; left out for a relay that stands alone. */
  readonly redis?: RedisSettings | undefined;
  /** Where relays keep them together. */
  readonly storage?: PostgresSettings | undefined;
  readonly action:
    | { readonly type: 'list'; readonly status?: AccessRequest['status'] }
    | { readonly type: 'approve' | 'refuse' | 'revoke'; readonly id: string; readonly reason: string };
  readonly json: boolean;
  readonly write: (text: string) => void;
  readonly now?: () => number;
}

/**
 * Reads and decides access requests in the data folder, in the storage or in Redis, for those who run the relay. A running
 * relay takes the change over within a second and puts it into the audit; when none runs on the data folder, the command
 * does. In the storage, or in Redis, one of the relays that share it does. Exit code 0, 2 for bad input, or 1 when Redis or the
 * storage can't be reached.
 */
export async function accessCommand(options: AccessCommandOptions): Promise<number> {
  const { action, json, write, now = Date.now } = options;
  const by = operatorWords(currentOperator());
  const show = (request: AccessRequest): void => write(json ? `${JSON.stringify(request)}\n` : `${line(request)}\n`);
  let opened: OpenedGrants | undefined;
  try {
    const reason = action.type === 'list' ? '' : readReason(action.reason);
    opened = await openGrants(options);
    const { store } = opened;
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
    if (action.type !== 'list' && !(await untilInAudit(options, opened, action)) && !json)
      write(waitsWords(options.storage));
    return 0;
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    write(`${error.message}\n`);
    return error.code === 'shared-state-unavailable' ? 1 : 2;
  } finally {
    await opened?.close();
  }
}

/** Waits for the record of what was done; in Redis, where nobody can tell, it is taken for written. */
async function untilInAudit(
  { dataDir }: AccessCommandOptions,
  { outbox, acts }: OpenedGrants,
  { id, type }: Exclude<AccessCommandOptions['action'], { type: 'list' }>,
): Promise<boolean> {
  const event = ({ approve: 'approved', refuse: 'refused', revoke: 'revoked' } as const)[type];
  const isOurs = (record: WaitingRecord['record']): boolean =>
    record.type === 'access' && record.grant === id && record.event === event;
  if (acts !== undefined) return untilTaken(acts, isOurs);
  if (outbox === undefined) return true;
  const isRecorded = (): boolean => !outbox.waiting().some(({ record }) => isOurs(record));
  return untilRecorded({ dataDir, outbox, isRecorded });
}

/** Says that an act is in force, and kept for whoever can write the audit again. */
export function waitsWords(storage: PostgresSettings | undefined): string {
  const where = storage === undefined ? 'the data folder until the relay can' : 'the storage until a relay can';
  return `It is in force. Its record waits in ${where} write the audit.\n`;
}

interface OpenedGrants {
  readonly store: GrantStore;
  readonly outbox?: Outbox;
  readonly acts?: Pick<PostgresActs, 'waiting'>;
  close(): void | Promise<void>;
}

async function openGrants({ dataDir, redis: settings, storage }: AccessCommandOptions): Promise<OpenedGrants> {
  if (storage !== undefined) {
    const { openStores } = await import('../stored/open-stores.ts');
    const stores = await openStores(storage);
    return { store: stores.grants, acts: stores.acts, close: () => stores.close() };
  }
  if (settings === undefined) {
    const store = openGrantStore(dataDir);
    return { store, outbox: store.outbox, close: () => store.close() };
  }
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
  return { store: openRedisGrantStore(redis), close: () => redis.close() };
}

function line({ id, status, requester, role, api, hours, expiresAtMs, reason }: AccessRequest): string {
  const where = api === null ? 'at all APIs' : `at ${api}`;
  const until = expiresAtMs === null ? `for ${hours} h` : `until ${new Date(expiresAtMs).toISOString()}`;
  // The reason is somebody else's text: nothing in it may steer the terminal.
  const plain = shownText(reason);
  return `${id}  ${status.padEnd(8)}  ${requester.username}: ${role} ${where}, ${until}: ${plain}`;
}

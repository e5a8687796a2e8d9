import { shownText } from '../../../shared/shown-text.ts';
import { sinkStatus, type SinkStatus, type SinkToLookAt } from '../../sinks/sink-status.ts';
import type { AtRelay } from '../running-relay.ts';

/** What `relay audit sinks` was asked: of the relay that runs, or of a data folder. */
export type SinksCommandOptions = (
  | AtRelay
  | {
      readonly dataDir: string;
      readonly sinks: readonly SinkToLookAt[];
    }
) & {
  /** One JSON object a line instead of text. */
  readonly json: boolean;
  /** Takes finished text; ends each line itself. */
  readonly write: (text: string) => void;
};

/**
 * Says of each sink of the config how far it is.
 * @returns exit code: 0, or 1 when a sink is late, or its receiver wants no more.
 * @throws AccessError `bad-input` when the folder holds no audit.
 */
export async function sinksCommand(options: SinksCommandOptions): Promise<number> {
  const { json, write } = options;
  const all = await statesOf(options);
  if (all.length === 0 && !json) write('The config names no sinks, under “audit.sinks”.\n');
  for (const status of all) write(`${json ? JSON.stringify(status) : shownText(describe(status), '�')}\n`);
  return all.some(({ state }) => state === 'late' || state === 'ended') ? 1 : 0;
}

async function statesOf(options: SinksCommandOptions): Promise<readonly SinkStatus[]> {
  if ('relay' in options)
    return ((await options.relay.get('/admin/v1/audit/sinks')) as { readonly sinks: readonly SinkStatus[] }).sinks;
  const { dataDir, sinks } = options;
  return sinks.length === 0 ? [] : sinkStatus(dataDir, sinks, Date.now());
}

function describe(status: SinkStatus): string {
  const { name, kind, state, sentUpTo, lastRecord, waiting, oldestWaitingSeconds: age, failedAttempts } = status;
  const words = [`${name} (${kind})`, state, `sent up to ${sentUpTo} of ${lastRecord}`, `${waiting} waiting`];
  if (age !== null) words.push(`the oldest for ${age} s`);
  if (status.error !== null)
    words.push(
      `${status.errorAt ?? ''} ${status.error}`,
      `failed ${failedAttempts} ${failedAttempts === 1 ? 'time' : 'times'}`,
    );
  return words.join('  ');
}

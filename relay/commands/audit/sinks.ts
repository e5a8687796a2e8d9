import { shownText } from '../../../shared/shown-text.ts';
import { sinkStatus, type SinkStatus, type SinkToLookAt } from '../../sinks/sink-status.ts';

/** What `relay audit sinks` was asked. */
export interface SinksCommandOptions {
  readonly dataDir: string;
  readonly sinks: readonly SinkToLookAt[];
  /** One JSON object a line instead of text. */
  readonly json: boolean;
  /** Takes finished text; ends each line itself. */
  readonly write: (text: string) => void;
}

/**
 * Says of each sink of the config how far it is, also while the relay runs.
 * @returns exit code: 0, or 1 when a sink is late, or its receiver wants no more.
 * @throws AccessError `bad-input` when the folder holds no audit.
 */
export function sinksCommand({ dataDir, sinks, json, write }: SinksCommandOptions): number {
  if (sinks.length === 0 && !json) write('The config names no sinks, under “audit.sinks”.\n');
  const all = sinks.length === 0 ? [] : sinkStatus(dataDir, sinks, Date.now());
  for (const status of all) write(`${json ? JSON.stringify(status) : shownText(describe(status), '�')}\n`);
  return all.some(({ state }) => state === 'late' || state === 'ended') ? 1 : 0;
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

import type { SinkConfig } from '../config/sink-schema.ts';
import { sinkStatus, type SinkStatus } from '../sinks/sink-status.ts';
import { connectionFailure } from '../upstream/connection-failure.ts';
import { AccessError } from '../../shared/errors.ts';
import { failure, fine, type Look, skipped, warning } from './finding.ts';
import { inTime } from './in-time.ts';
import type { Patient } from './patient.ts';
import type { RunningRelay } from './running-relay.ts';
import { type Place, reach } from './reach.ts';

/** Whether receivers of the audit take connections, and how far they are. */
export async function lookAtSinks(
  { loaded, isWhole }: Patient,
  running: RunningRelay,
  nowMs: number,
): Promise<readonly Look[]> {
  const { sinks } = loaded.config.audit;
  if (sinks.length === 0) return [skipped('', 'The config has no sinks.')];
  // While nobody writes, reading would leave files beside the databases.
  const statuses = running.status === 'none' ? [] : statusesOf(loaded.config.relay.data, sinks, nowMs);
  const looks = await Promise.all(
    sinks.map(async (sink): Promise<readonly Look[]> => {
      const status = statuses.find(({ name }) => name === sink.name);
      return [
        ...(status === undefined ? [] : [lookAtStatus(status)]),
        ...(await lookAtReceiver(sink, loaded, isWhole)),
      ];
    }),
  );
  return looks.flat();
}

function statusesOf(dataDir: string, sinks: readonly SinkConfig[], nowMs: number): readonly SinkStatus[] {
  try {
    return sinkStatus(
      dataDir,
      sinks.map(({ name, kind, lag_warn_seconds: seconds }) => ({ name, kind, lagWarnMs: seconds * 1000 })),
      nowMs,
    );
  } catch (error) {
    // There is no audit yet, or it isn't this user's to read.
    if (error instanceof AccessError) return [];
    throw error;
  }
}

function lookAtStatus({ name, state, waiting, error }: SinkStatus): Look {
  const why = error === null ? '' : ` ${error}`;
  const advice = 'Look at the receiver; the relay keeps all records for it (docs/sinks.md).';
  if (state === 'late' || state === 'ended')
    return failure(name, `${waiting} records wait for it (${state}).${why}`, advice);
  if (state === 'failing') return warning(name, `The last attempt failed.${why}`, advice);
  return fine(name, `${waiting} records wait for it (${state}).`);
}

async function lookAtReceiver(
  sink: SinkConfig,
  { authorities, sinkCertificates }: Patient['loaded'],
  isWhole: boolean,
): Promise<readonly Look[]> {
  const target = sink.url ?? (sink.address === undefined ? undefined : `https://${sink.address}`);
  if (target === undefined) return [];
  if (!isWhole) return [skipped(sink.name, 'It takes files that can’t all be read; see “config”.')];
  const { hostname, port, protocol } = new URL(target);
  const ca = authorities.get(sink.ca ?? '');
  const place: Place = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (protocol === 'https:' ? 443 : 80)),
    tls: protocol === 'https:' ? { ...(ca === undefined ? {} : { ca }), ...sinkCertificates?.get(sink.name) } : null,
  };
  const looked = await inTime((signal) => reach(place, signal));
  if (looked.status === 'done') return [fine(sink.name, `${hostname} takes connections.`)];
  const why =
    looked.status === 'failed' && looked.error instanceof Error
      ? connectionFailure(looked.error)
      : 'it doesn’t answer in time';
  return [failure(sink.name, `${hostname} can’t be reached: ${why}.`, 'Look at the receiver and the network to it.')];
}

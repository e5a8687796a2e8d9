import type { ApiConfig } from '../config/config-schema.ts';
import { parseUpstreamAddress } from '../config/upstream-address.ts';
import { connectionFailure } from '../upstream/connection-failure.ts';
import { failure, fine, type Look, skipped, warning } from './finding.ts';
import { forEachInTurn, inTime } from './in-time.ts';
import { soonMs } from './look-at-certificates.ts';
import type { Patient } from './patient.ts';
import { type Place, reach, type Reached } from './reach.ts';

const atOnce = 32;

/** Whether each API can be connected to as the relay does, with its certificate. Nothing is asked of it. */
export async function lookAtUpstreams(patient: Patient, untilMs: number, nowMs: number): Promise<readonly Look[]> {
  const { apis } = patient.loaded.config;
  const { results, left } = await forEachInTurn(apis, { atOnce, untilMs }, (api) => lookAtApi(api, patient, nowMs));
  const all = results.flat();
  const faults = all.filter(({ verdict }) => verdict === 'error' || verdict === 'warning');
  const passed = all.filter(({ verdict }) => verdict === 'fine');
  const unread = all.filter(({ verdict }) => verdict === 'skipped').length;
  return [
    ...(apis.length === 0 ? [skipped('', 'The config has no APIs.')] : []),
    ...(passed.length > 20 ? [fine('', `${passed.length} APIs take connections.`)] : passed),
    ...faults,
    ...(unread === 0 ? [] : [skipped('', `${unread} APIs need files that can’t be read; see “config”.`)]),
    ...(left === 0
      ? []
      : [warning('', `${left} APIs weren’t looked at: it took too long.`, 'See what is wrong with the others first.')]),
  ];
}

async function lookAtApi(api: ApiConfig, { loaded, isWhole }: Patient, nowMs: number): Promise<readonly Look[]> {
  const address = parseUpstreamAddress(api.upstream);
  if (address === undefined) return [skipped(api.id, 'Its address can’t be read.')];
  const url = new URL(address.origin);
  const isSecure = url.protocol === 'https:';
  if (!isWhole && (api.ca !== undefined || api.client_certificate !== undefined))
    return [skipped(api.id, 'See “config”.')];
  const ca = loaded.authorities.get(api.ca ?? '');
  const place: Place = {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (isSecure ? 443 : 80)),
    socketPath: address.socketPath,
    tls: isSecure
      ? {
          ...(ca === undefined ? {} : { ca }),
          ...loaded.upstreamCertificates?.get(api.id),
          ...(api.server_name === undefined ? {} : { servername: api.server_name }),
          ...(api.protocol === 'http2' ? { ALPNProtocols: ['h2'] } : {}),
        }
      : null,
  };
  const looked = await inTime((signal) => reach(place, signal));
  if (looked.status === 'done') return reachedLooks(api, address.shown, looked.result, nowMs);
  const why =
    looked.status === 'late'
      ? 'it doesn’t take the connection in time'
      : looked.error instanceof Error
        ? connectionFailure(looked.error)
        : String(looked.error);
  return [
    failure(
      api.id,
      `${address.shown} can’t be reached: ${why}.`,
      'Look at the API’s process, the network to it, and its keys in the config.',
    ),
  ];
}

function reachedLooks(
  api: ApiConfig,
  shown: string,
  { tookMs, notAfterMs, alpn }: Reached,
  nowMs: number,
): readonly Look[] {
  if (api.protocol === 'http2' && notAfterMs !== null && alpn !== 'h2')
    return [
      failure(api.id, `${shown} doesn’t speak HTTP/2.`, 'Write “protocol: http1”, or switch HTTP/2 on at the API.'),
    ];
  if (notAfterMs !== null && notAfterMs - nowMs < soonMs)
    return [
      warning(
        api.id,
        `${shown} takes connections; its certificate ends on ${new Date(notAfterMs).toISOString().slice(0, 10)}.`,
        'Tell the API’s owners.',
      ),
    ];
  return [fine(api.id, `${shown} takes connections, after ${tookMs} ms.`)];
}

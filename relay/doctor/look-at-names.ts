import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { parseUpstreamAddress } from '../config/upstream-address.ts';
import { failure, fine, type Look, skipped, warning } from './finding.ts';
import { answerMs, forEachInTurn, inTime } from './in-time.ts';
import type { Patient } from './patient.ts';

/** A host name of the config, and the first place that names it. */
interface Named {
  readonly host: string;
  readonly place: string;
}

/** Look-ups hold one of the few threads that Node has for them. */
const atOnce = 3;

/** Whether all host names that the config has lead to addresses. */
export async function lookAtNames(patient: Patient, untilMs: number): Promise<readonly Look[]> {
  const names = namesOf(patient);
  if (names.length === 0) return [skipped('', 'The config has no host names.')];
  const { results, left } = await forEachInTurn(names, { atOnce, untilMs }, lookAtName);
  const faults = results.filter(({ verdict }) => verdict !== 'fine');
  const found = results.length - faults.length;
  return [
    ...(found === 0 ? [] : [fine('', `${found} of ${names.length} names have addresses.`)]),
    ...faults,
    ...(left === 0
      ? []
      : [warning('', `${left} names weren’t looked up: it took too long.`, 'Look at the name server.')]),
  ];
}

async function lookAtName({ host, place }: Named): Promise<Look> {
  const looked = await inTime(() => lookup(host, { all: true }), answerMs);
  if (looked.status === 'done') return fine(host, looked.result.map(({ address }) => address).join(', '));
  const why =
    looked.status === 'late' ? 'no answer' : String((looked.error as NodeJS.ErrnoException).code ?? looked.error);
  return failure(
    host,
    `The name in ${place} has no address here (${why}).`,
    'Correct the name, or look at this machine’s name server.',
  );
}

function namesOf({ loaded, isWhole }: Patient): readonly Named[] {
  const { config, storage } = loaded;
  const { url } = config.shared_state;
  const all: Named[] = [
    { host: hostOf(config.relay.url), place: 'relay.url' },
    ...config.issuers.map(({ issuer, name }) => ({ host: hostOf(issuer), place: `the provider ${name}` })),
    ...config.apis.flatMap(({ id, upstream }) => {
      const address = parseUpstreamAddress(upstream);
      return address === undefined || address.socketPath !== null
        ? []
        : [{ host: hostOf(address.origin), place: `the upstream of ${id}` }];
    }),
    ...config.audit.sinks.flatMap(({ name, url: target, address }) => [
      ...(target === undefined ? [] : [{ host: hostOf(target), place: `the sink ${name}` }]),
      ...(address === undefined ? [] : [{ host: address.replace(/:\d+$/, ''), place: `the sink ${name}` }]),
    ]),
    ...(isWhole && url !== undefined ? [{ host: hostOf(url), place: 'shared_state.url' }] : []),
    ...(storage === undefined || storage.host.startsWith('/') ? [] : [{ host: storage.host, place: 'storage' }]),
  ];
  const seen = new Set<string>();
  return all.filter(({ host }) => {
    const isName = isIP(host.replace(/^\[|\]$/g, '')) === 0 && host !== '';
    if (!isName || seen.has(host)) return false;
    seen.add(host);
    return true;
  });
}

function hostOf(address: string): string {
  return new URL(address).hostname;
}

import { isLoopbackHost } from '../../shared/loopback-host.ts';
import { reportDuplicates } from './duplicates.ts';
import { isKeptFile } from './kept-file.ts';
import { type SinkConfig, storageSinkName } from './sink-schema.ts';
import type { Report } from './yaml-source.ts';

type Key = keyof SinkConfig;

const ownKeys: Readonly<
  Record<SinkConfig['kind'], { readonly required: readonly Key[]; readonly other: readonly Key[] }>
> = {
  file: { required: ['path'], other: ['rotate_bytes', 'rotate_hours', 'keep'] },
  webhook: { required: ['url', 'secrets'], other: ['ca', 'client_certificate'] },
  syslog: {
    required: ['address'],
    other: ['facility', 'enterprise_number', 'max_message_bytes', 'ca', 'client_certificate'],
  },
};
const kindsOf = (key: Key): readonly string[] =>
  Object.entries(ownKeys).flatMap(([kind, { required, other }]) =>
    [...required, ...other].includes(key) ? [kind] : [],
  );
const keysOfKinds = new Set(Object.values(ownKeys).flatMap(({ required, other }) => [...required, ...other]));

/** What the schema can't see of sinks: keys of another kind, missing ones, plain HTTP, open secrets, unknown APIs. */
export function checkSinks(
  sinks: readonly (SinkConfig | undefined)[],
  knownApis: ReadonlySet<string> | undefined,
  dataDir: string | undefined,
  report: Report,
): void {
  const place = (index: number, ...keys: PropertyKey[]): PropertyKey[] => ['audit', 'sinks', index, ...keys];
  reportDuplicates(
    sinks,
    (sink) => sink?.name,
    (index) => place(index, 'name'),
    'sink name',
    report,
  );
  reportDuplicates(
    sinks,
    (sink) => sink?.path,
    (index) => place(index, 'path'),
    'file',
    report,
  );
  for (const [index, sink] of sinks.entries()) {
    if (sink === undefined) continue;
    const at: Report = (path, message) => report(place(index, ...path), message);
    if (sink.name === storageSinkName)
      at(['name'], 'is what “relay audit sinks” calls the audit in “storage”. Choose another name.');
    if (dataDir !== undefined && sink.path !== undefined && isKeptFile(sink.path, dataDir))
      at(
        ['path'],
        'is a file that the relay keeps itself, and would be written over. Name another one, such as records.log.',
      );
    checkKeys(sink, at);
    checkReceiver(sink, at);
    for (const [entry, api] of (sink.apis ?? []).entries())
      if (knownApis?.has(api) === false) at(['apis', entry], `names an API that isn’t under “apis”: ${api}.`);
  }
}

function checkKeys(sink: SinkConfig, report: Report): void {
  const { required } = ownKeys[sink.kind];
  for (const key of required) {
    const value = sink[key];
    if (value === undefined || (Array.isArray(value) && value.length === 0))
      report([key], `is missing. A sink of kind ${sink.kind} needs it.`);
  }
  for (const key of keysOfKinds) {
    const kinds = kindsOf(key);
    if (sink[key] !== undefined && !kinds.includes(sink.kind))
      report([key], `belongs to sinks of kind ${kinds.join(' and ')}; this one is of kind ${sink.kind}. Remove it.`);
  }
}

function checkReceiver({ url, secrets, address }: SinkConfig, report: Report): void {
  if (url !== undefined) {
    const { protocol, hostname, username, password, hash } = new URL(url);
    if (username + password + hash !== '') report(['url'], 'must hold no user name, password or “#”.');
    if (protocol === 'http:' && !isLoopbackHost(hostname))
      report(
        ['url'],
        'must begin with https://, because the audit travels there. http:// works only for 127.0.0.1, [::1] and localhost.',
      );
  }
  for (const [index, secret] of (secrets ?? []).entries())
    if (!/^\$\{(?:env|file|credential):[^}]+\}$/.test(secret))
      report(['secrets', index], 'must not stand here in the clear; write ${env:NAME} or ${file:PATH}.');
  const port = Number(address?.split(':').at(-1) ?? 1);
  if (port < 1 || port > 65_535) report(['address'], 'must have a port from 1 to 65535.');
}

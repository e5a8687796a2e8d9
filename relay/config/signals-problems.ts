import { isLoopbackHost } from '../../shared/loopback-host.ts';
import type { CheckableConfig } from './checkable-config.ts';
import { reportDuplicates } from './duplicates.ts';
import type { TransmitterConfig } from './signals-schema.ts';
import type { Report } from './yaml-source.ts';

/** What the schema can’t see of `signals`: whose people are meant, ways in that are open to anybody, plain addresses. */
export function checkSignals({ signals = [], issuers, relay, saml }: CheckableConfig, report: Report): void {
  reportDuplicates(
    signals,
    (signal) => signal?.name,
    (index) => ['signals', index, 'name'],
    'transmitter name',
    report,
  );
  const names = issuers.flatMap((issuer) => issuer?.name ?? []);
  const areKnown = names.length === issuers.length && saml === undefined;
  for (const [index, signal] of signals.entries()) {
    if (signal === undefined) continue;
    const at: Report = (path, message) => report(['signals', index, ...path], message);
    checkAddresses(signal, at);
    checkPush(signal, relay?.tls?.client_certificates === true, at);
    if (!areKnown) continue;
    if (signal.provider === undefined && names.length > 1)
      at(['provider'], `is needed, because there are several issuers: ${names.join(', ')}.`);
    else if (signal.provider !== undefined && !names.includes(signal.provider))
      at(['provider'], `names an issuer that isn’t under “issuers”: ${signal.provider}.`);
  }
}

function checkAddresses({ transmitter, jwks_uri: jwksUri, poll }: TransmitterConfig, report: Report): void {
  const addresses = [
    [['transmitter'], transmitter],
    [['jwks_uri'], jwksUri],
    [['poll', 'url'], poll?.url],
  ] as const;
  for (const [place, address] of addresses) {
    if (address === undefined) continue;
    const { protocol, hostname, username, password, hash } = new URL(address);
    if (username + password + hash !== '') report([...place], 'must hold no user name, password or “#”.');
    if (protocol === 'http:' && !isLoopbackHost(hostname))
      report(
        [...place],
        'must begin with https://, because events and keys come from there. http:// works only for 127.0.0.1, [::1] and localhost.',
      );
  }
}

function checkPush({ push, poll }: TransmitterConfig, asksForCertificates: boolean, report: Report): void {
  if (push === undefined && poll === undefined) report([], 'gets no events. Add “push” or “poll”.');
  const secrets = [
    ...(push?.bearer ?? []).map((value, index) => [['push', 'bearer', index], value] as const),
    ...(poll?.bearer === undefined ? [] : [[['poll', 'bearer'], poll.bearer] as const]),
  ];
  for (const [place, value] of secrets)
    if (!/^\$\{(?:env|file|credential):[^}]+\}$/.test(value))
      report([...place], 'must not stand here in the clear; write ${env:NAME} or ${file:PATH}.');
  if (push === undefined) return;
  if (push.bearer === undefined && push.certificates === undefined)
    report(['push'], 'takes events from anybody. Name “bearer” or “certificates”.');
  if (push.certificates !== undefined && !asksForCertificates)
    report(['push', 'certificates'], 'needs “client_certificates: true” under relay.tls.');
}

import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { certificatesIn } from '../named/check-pem.ts';
import type { ResolvedConfig } from './config-files.ts';

/** Why others will refuse a certificate that the relay shows, or those that it checks by one. */
export interface CertificateFault {
  readonly place: readonly PropertyKey[];
  /** What the certificate is for, the same wherever its entry stands in a list: `apis.orders.client_certificate`. */
  readonly slot: string;
  /** The same, but of authorities the file, which may be for several: `ca /etc/causeway/ca.pem`. */
  readonly use: string;
  readonly message: string;
}

type Certificates = Pick<
  ResolvedConfig,
  'config' | 'tls' | 'adminTls' | 'authorities' | 'providerFiles' | 'upstreamCertificates' | 'sinkCertificates'
>;

/** What a certificate is for, and what is wrong with it, if anything is. */
interface Judged {
  readonly place: readonly PropertyKey[];
  readonly slot: string;
  readonly use: string;
  readonly faults: readonly string[];
}

/** Faults of the certificates that a config names: over, not valid yet, or of another name than clients reach. */
export function certificateFaults(resolved: Certificates, nowMs: number): readonly CertificateFault[] {
  // A file that several name has its fault once.
  const told = new Set<string>();
  return faultsIn(
    judge(resolved, nowMs).filter(({ use }) => {
      const isNew = !told.has(use);
      told.add(use);
      return isNew;
    }),
  );
}

/** The first fault of a certificate that is to take the place of one without; null where there is none. */
export function worseCertificate(current: Certificates, next: Certificates, nowMs: number): CertificateFault | null {
  const good = new Set(judge(current, nowMs).flatMap(({ slot, faults }) => (faults.length === 0 ? [slot] : [])));
  return faultsIn(judge(next, nowMs)).find(({ slot }) => good.has(slot)) ?? null;
}

function faultsIn(judged: readonly Judged[]): readonly CertificateFault[] {
  return judged.flatMap(({ faults, ...rest }) => faults.map((message) => ({ ...rest, message })));
}

function judge(resolved: Certificates, nowMs: number): readonly Judged[] {
  const { config, tls, adminTls, authorities, providerFiles, upstreamCertificates, sinkCertificates } = resolved;
  const { relay, admin, issuers, apis, audit, notify, signals } = config;
  const shown = (place: readonly PropertyKey[], pem: string | undefined, url: string | undefined): readonly Judged[] =>
    pem === undefined
      ? []
      : [{ place, slot: place.join('.'), use: place.join('.'), faults: faultsOfShown(pem, url, nowMs) }];
  const own = (place: readonly PropertyKey[], slot: string, pem: string | undefined, who: string): readonly Judged[] =>
    pem === undefined
      ? []
      : [{ place, slot, use: slot, faults: faultsOfTime(certificatesIn(pem)[0], `${who} refuses it`, nowMs) }];
  const trusted = (
    place: readonly PropertyKey[],
    slot: string,
    ca: string | undefined,
    whose: string,
  ): readonly Judged[] => {
    const pem = ca === undefined ? undefined : authorities.get(ca);
    return pem === undefined ? [] : [{ place, slot, use: `ca ${ca}`, faults: faultsOfAuthority(pem, whose, nowMs) }];
  };
  const { clientCa } = adminTls ?? {};
  return [
    ...shown(['relay', 'tls', 'cert'], tls?.cert, relay.url),
    ...shown(['admin', 'tls', 'cert'], adminTls?.cert, admin?.url),
    ...(clientCa === undefined
      ? []
      : [
          {
            place: ['admin', 'tls', 'client_ca'],
            slot: 'admin.tls.client_ca',
            use: 'admin.tls.client_ca',
            faults: faultsOfAuthority(clientCa, 'no operator’s certificate counts', nowMs),
          },
        ]),
    ...issuers.flatMap(({ name, ca, relay_client: client }, index) => [
      ...trusted(['issuers', index, 'ca'], `issuers.${name}.ca`, ca, 'the provider’s certificate doesn’t count'),
      ...own(
        ['issuers', index, 'relay_client', 'certificate'],
        `issuers.${name}.relay_client`,
        client?.certificate === undefined ? undefined : providerFiles?.get(client.certificate),
        'the provider',
      ),
    ]),
    ...apis.flatMap(({ id, ca }, index) => [
      ...trusted(['apis', index, 'ca'], `apis.${id}.ca`, ca, 'the API’s certificate doesn’t count'),
      ...own(
        ['apis', index, 'client_certificate'],
        `apis.${id}.client_certificate`,
        upstreamCertificates?.get(id)?.cert,
        'the API',
      ),
    ]),
    ...audit.sinks.flatMap(({ name, ca }, index) => [
      ...trusted(
        ['audit', 'sinks', index, 'ca'],
        `audit.sinks.${name}.ca`,
        ca,
        'the receiver’s certificate doesn’t count',
      ),
      ...own(
        ['audit', 'sinks', index, 'client_certificate'],
        `audit.sinks.${name}`,
        sinkCertificates?.get(name)?.cert,
        'the receiver',
      ),
    ]),
    ...(notify?.webhooks ?? []).flatMap(({ name, ca }, index) =>
      trusted(
        ['notify', 'webhooks', index, 'ca'],
        `notify.webhooks.${name}.ca`,
        ca,
        'the receiver’s certificate doesn’t count',
      ),
    ),
    ...trusted(
      ['notify', 'mail', 'ca'],
      'notify.mail.ca',
      notify?.mail?.ca,
      'the mail server’s certificate doesn’t count',
    ),
    ...signals.flatMap(({ name, ca }, index) =>
      trusted(['signals', index, 'ca'], `signals.${name}.ca`, ca, 'the transmitter’s certificate doesn’t count'),
    ),
  ];
}

/** Of what people and operators are shown: the certificate itself, and those of authorities behind it. */
function faultsOfShown(pem: string, url: string | undefined, nowMs: number): readonly string[] {
  const [certificate, ...chain] = certificatesIn(pem);
  if (certificate === undefined) return [];
  const faults = [...faultsOfTime(certificate, 'clients refuse it', nowMs)];
  const host = url === undefined ? undefined : new URL(url).hostname.replace(/^\[|\]$/g, '');
  if (host !== undefined && !isFor(certificate, host))
    faults.push(`names a certificate that isn’t for ${host}, by which clients reach it: they refuse it.`);
  // What nobody needs, such as a root that clients have themselves, may be over.
  const above = chain.find((one) => certificate.checkIssued(one));
  if (faults.length === 0 && above !== undefined && Date.parse(above.validTo) <= nowMs)
    faults.push(
      `names a certificate whose authority (${oneLine(above.subject)}), the next one in its file, ended on ${day(above.validTo)}: clients refuse it. Put the authority’s new one there.`,
    );
  return faults;
}

function faultsOfTime(certificate: X509Certificate | undefined, who: string, nowMs: number): readonly string[] {
  if (certificate === undefined) return [];
  const { validFrom, validTo } = certificate;
  if (nowMs >= Date.parse(validTo))
    return [`names a certificate that ended on ${day(validTo)}: ${who}. Name a new one.`];
  if (nowMs < Date.parse(validFrom))
    return [`names a certificate that begins on ${day(validFrom)} only: ${who} until then.`];
  return [];
}

/** A bundle of authorities is of use while one of them is. */
function faultsOfAuthority(pem: string, so: string, nowMs: number): readonly string[] {
  const all = certificatesIn(pem);
  const live = all.filter(({ validTo }) => nowMs < Date.parse(validTo));
  const last = all.reduce((latest, { validTo }) => Math.max(latest, Date.parse(validTo)), 0);
  if (all.length > 0 && live.length === 0)
    return [`names an authority that ended on ${day(last)}: ${so}. Name the new one.`];
  // A server’s own certificate may stand for itself.
  if (all.length > 0 && !all.some((one) => one.ca || one.subject === one.issuer))
    return [`names a certificate that is of no authority: ${so}. Name that of the authority that signed it.`];
  return [];
}

function isFor(certificate: X509Certificate, host: string): boolean {
  if (isIP(host) !== 0) return certificate.checkIP(host) !== undefined;
  return certificate.checkHost(host, { subject: 'never' }) !== undefined;
}

const day = (time: string | number): string => new Date(time).toISOString();

function oneLine(name: string): string {
  return name.replaceAll('\n', ', ');
}

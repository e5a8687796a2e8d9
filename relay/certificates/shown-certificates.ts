import type { LoadedConfig } from '../config/load-config.ts';
import { namedCertificates } from '../metrics/certificate-expiry.ts';
import { certificatesIn } from '../named/check-pem.ts';

/** A certificate that the relay shows or checks by; nothing of its key. Times are milliseconds since the epoch. */
export interface CertificateShown {
  /** What it is for, for example `relay.tls` or `apis.orders.client_certificate`. */
  readonly use: string;
  readonly subject: string;
  readonly issuer: string;
  /** Names and addresses that it is for; of an authority none. */
  readonly names: readonly string[];
  readonly serial: string;
  readonly sha256: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly state: 'ok' | 'ends-soon' | 'ended' | 'not-yet';
}

/** When one is told to be renewed. */
const soonMs = 30 * 86_400_000;
/** Of a bundle of authorities, as systems have them, more say nothing. */
const mostOfOneUse = 200;

/** All certificates of a config, what ends first first. */
export function shownCertificates(loaded: LoadedConfig, nowMs: number): readonly CertificateShown[] {
  return namedCertificates(loaded)
    .flatMap(([use, pem]) =>
      certificatesIn(pem ?? '')
        .slice(0, mostOfOneUse)
        .map((certificate): CertificateShown => {
          const [notBeforeMs, notAfterMs] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
          return {
            use,
            subject: oneLine(certificate.subject),
            issuer: oneLine(certificate.issuer),
            names: (certificate.subjectAltName ?? '')
              .split(', ')
              .filter((name) => name !== '')
              .map((name) => name.replace(/^(?:DNS|IP Address):/, '')),
            serial: certificate.serialNumber,
            sha256: certificate.fingerprint256,
            notBeforeMs,
            notAfterMs,
            state: stateAt(notBeforeMs, notAfterMs, nowMs),
          };
        }),
    )
    .toSorted((one, other) => one.notAfterMs - other.notAfterMs);
}

function stateAt(notBeforeMs: number, notAfterMs: number, nowMs: number): CertificateShown['state'] {
  if (nowMs >= notAfterMs) return 'ended';
  if (nowMs < notBeforeMs) return 'not-yet';
  return notAfterMs - nowMs < soonMs ? 'ends-soon' : 'ok';
}

function oneLine(name: string | undefined): string {
  return (name ?? '').replaceAll('\n', ', ');
}

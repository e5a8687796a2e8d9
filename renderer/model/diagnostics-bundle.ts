import type { DiagnosticReport, Hop } from '../../shared/diagnostics.ts';
import { shownText } from '../../shared/shown-text.ts';

/** What a help desk has no use for, or nobody may have; each is replaced by what it was. */
const redactions: readonly (readonly [RegExp, string])[] = [
  [/\b(?:eyJ[\w-]{5,}(?:\.[\w-]*){1,4}|[A-Fa-f\d]{64,}|(?<=(?:Bearer|DPoP|Basic) )\S+)/g, '‹secret›'],
  [/(?<=:\/\/)[^\s/@]+@/g, '‹credentials›@'],
  [/[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, '‹e-mail›'],
  [/(?<=https?:\/\/[^\s?]*\?)[^\s]+/g, '‹query›'],
  [/(?<=(?:\/home\/|\/Users\/|\\Users\\))[^\s/\\]+/g, '‹user›'],
];

/** One text without secrets, credentials, addresses of people and names of accounts. */
export function redacted(text: string): string {
  return redactions.reduce((so, [pattern, what]) => so.replaceAll(pattern, what), shownText(text));
}

/** Who is signed in is the person's own business; that somebody is, is not. */
function bundledHop({ hop, status, detail, tookMs, ...rest }: Hop): object {
  const problem = 'problem' in rest ? { code: rest.problem.code, requestId: rest.problem.requestId } : {};
  const told = hop === 'token' && status === 'ok' ? {} : { detail: redacted(detail) };
  return { hop, status, ...told, tookMs, ...problem };
}

/** What “Save” writes: the report as JSON, redacted. Holds neither the person's name and groups nor any request's path. */
export function diagnosticsBundle(report: DiagnosticReport): string {
  const { hops, facts, startedAtMs, session, signIn, ...rest } = report;
  const { certificates = [], protocol } = facts.tls ?? {};
  const bundle = {
    kind: 'causeway-diagnostics',
    version: 1,
    startedAt: new Date(startedAtMs).toISOString(),
    ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, redacted(value)])),
    hops: hops.map(bundledHop),
    proxy: facts.proxy,
    clock:
      facts.clock === null
        ? null
        : {
            local: new Date(facts.clock.localMs).toISOString(),
            relay: new Date(facts.clock.relayMs).toISOString(),
          },
    tls: protocol === undefined ? null : { protocol, certificates: certificates.map(bundledCertificate) },
    relayVersion: facts.relayVersion,
    session,
    signIn,
  };
  return `${JSON.stringify(bundle, null, 2)}\n`;
}

type Certificate = NonNullable<DiagnosticReport['facts']['tls']>['certificates'][number];

function bundledCertificate({ subject, issuer, validFromMs, validToMs, fingerprint256 }: Certificate): object {
  const validFrom = new Date(validFromMs).toISOString();
  const validTo = new Date(validToMs).toISOString();
  return { subject: redacted(subject), issuer: redacted(issuer), validFrom, validTo, fingerprint256 };
}

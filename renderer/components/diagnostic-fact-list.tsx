import { Fragment } from 'react';
import type { DiagnosticReport } from '../../shared/diagnostics.ts';
import { text } from '../../shared/messages/text.ts';
import { FactList, FactRow } from '../../ui/components/fact-list.tsx';
import { formatAbsolute } from '../../ui/model/format.ts';

/** What a look found out besides its verdicts, for a help desk: versions, proxy, clocks, certificates. */
export function DiagnosticFactList({ report }: { report: DiagnosticReport }) {
  const { facts } = report;
  const { clock, tls } = facts;
  return (
    <FactList>
      <FactRow name={text('diagnostics.versions')}>
        {text('diagnostics.versions.text', {
          app: report.appVersion,
          relay: facts.relayVersion ?? '–',
          system: report.system,
          runtime: report.runtime,
        })}
      </FactRow>
      <FactRow name={text('diagnostics.hop.proxy')}>{facts.proxy ?? text('diagnostics.no-proxy')}</FactRow>
      {clock !== null && (
        <FactRow name={text('diagnostics.clocks')}>
          {text('diagnostics.clocks.text', {
            local: formatAbsolute(clock.localMs),
            relay: formatAbsolute(clock.relayMs),
          })}
        </FactRow>
      )}
      {tls !== null && (
        <FactRow name={text('diagnostics.certificates', { protocol: tls.protocol })}>
          <ol className="grid gap-1.5">
            {tls.certificates.map(({ subject, validToMs, fingerprint256 }) => (
              <li key={fingerprint256}>
                <p>{subject}</p>
                <p className="text-sm text-mute">
                  {text('diagnostics.valid-until', { time: formatAbsolute(validToMs) })}
                </p>
                <p className="font-mono text-xs break-words text-mute">
                  {fingerprint256.split(/(?<=:)/).map((pair, place) => (
                    // oxlint-disable-next-line react/no-array-index-key -- pairs repeat, and never move
                    <Fragment key={place}>
                      {pair}
                      <wbr />
                    </Fragment>
                  ))}
                </p>
              </li>
            ))}
          </ol>
        </FactRow>
      )}
    </FactList>
  );
}

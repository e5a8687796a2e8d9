import { CopyTextButton } from '../../../ui/components/copy-button.tsx';
import { FactList, FactRow, PartTitle } from '../../../ui/components/fact-list.tsx';
import { useReading } from '../../api/use-reading.ts';
import { useMay } from '../../store/sign-in.ts';
import { PageFrame, WhenRead } from '../page-frame.tsx';
import { Certificates } from './certificates.tsx';
import { EffectiveValues } from './effective-values.tsx';
import { EmergencyAccounts } from './emergency-accounts.tsx';
import { Providers } from './providers.tsx';
import { Sinks } from './sinks.tsx';
import { Transmitters } from './transmitters.tsx';

/** What the relay has of its config: providers, accounts, sinks, certificates, values. All but the accounts changes only in the file. */
export function SettingsPage() {
  const mayReadConfig = useMay('read-config');
  const mayReadPeople = useMay('read-people');
  return (
    <PageFrame title="Settings" shape="scroll" text="As the relay has them. The config changes only in its file.">
      <div className="grid grid-cols-1 gap-6">
        <section>
          <PartTitle>Providers</PartTitle>
          <Providers />
        </section>
        {mayReadPeople && (
          <section>
            <PartTitle>Emergency accounts</PartTitle>
            <EmergencyAccounts />
          </section>
        )}
        <section>
          <PartTitle>Providers that send events</PartTitle>
          <Transmitters />
        </section>
        <section>
          <PartTitle>Where the audit goes</PartTitle>
          <Sinks />
        </section>
        <section>
          <PartTitle>Certificates</PartTitle>
          <Certificates />
        </section>
        {mayReadConfig && (
          <section>
            <PartTitle>Values in force, and where each comes from</PartTitle>
            <EffectiveValues />
          </section>
        )}
        {mayReadConfig && <Config />}
      </div>
    </PageFrame>
  );
}

function Config() {
  const reading = useReading('/admin/v1/config');
  return (
    <section>
      <PartTitle>Config in force, without its secrets</PartTitle>
      <WhenRead reading={reading} label="the config" rows={4}>
        {({ file, text, warnings }) => (
          <div className="grid grid-cols-1 gap-3">
            <FactList>
              <FactRow name="File">
                <code className="font-mono text-sm [overflow-wrap:anywhere]">{file}</code>
              </FactRow>
              {warnings.map(({ line, key, message }) => (
                <FactRow key={`${line} ${key} ${message}`} name={`Line ${line}, ${key}`}>
                  {message}
                </FactRow>
              ))}
            </FactList>
            <pre
              // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keyboard
              tabIndex={0}
              aria-label="Config"
              className="max-h-[32rem] overflow-auto rounded-xl border border-line bg-panel p-4 font-mono text-sm"
            >
              {text}
            </pre>
            <div>
              <CopyTextButton text={text} label="Copy the config" />
            </div>
          </div>
        )}
      </WhenRead>
    </section>
  );
}

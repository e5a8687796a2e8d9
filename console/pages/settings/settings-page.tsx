import { CopyTextButton } from '../../../ui/components/copy-button.tsx';
import { FactList, FactRow, PartTitle } from '../../../ui/components/fact-list.tsx';
import { useReading } from '../../api/use-reading.ts';
import { useMay } from '../../store/sign-in.ts';
import { PageFrame, WhenRead } from '../page-frame.tsx';
import { Certificates } from './certificates.tsx';
import { Providers } from './providers.tsx';

/** The config in force, the providers and the certificates. It changes only in the file. */
export function SettingsPage() {
  const mayReadConfig = useMay('read-config');
  return (
    <PageFrame title="Settings" shape="scroll" text="As the relay has them. They change only in its config file.">
      <div className="grid grid-cols-1 gap-6">
        <section>
          <PartTitle>Providers</PartTitle>
          <Providers />
        </section>
        <section>
          <PartTitle>Certificates</PartTitle>
          <Certificates />
        </section>
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

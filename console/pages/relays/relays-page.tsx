import { RefreshCw } from 'lucide-react';
import { Badge } from '../../../ui/components/badge.tsx';
import { Button } from '../../../ui/components/button.tsx';
import { CopyButton } from '../../../ui/components/copy-button.tsx';
import { FactList, FactRow } from '../../../ui/components/fact-list.tsx';
import { Moment } from '../../../ui/components/moment.tsx';
import { ActDialog } from '../../act/act-dialog.tsx';
import { act } from '../../api/ask.ts';
import { useRelay } from '../../shell/use-relay.ts';
import { useMay } from '../../store/sign-in.ts';
import { PageFrame, WhenRead } from '../page-frame.tsx';

/** How the relay is, and what can be done with it. */
export function RelaysPage() {
  const relay = useRelay();
  const mayRun = useMay('run-relay');
  return (
    <PageFrame
      title="Relays"
      shape="scroll"
      text="How the relay is."
      actions={
        mayRun && (
          <ActDialog
            trigger={
              <Button>
                <RefreshCw aria-hidden className="size-4" /> Read the config again
              </Button>
            }
            title="Read the config again?"
            text="The relay reads its config file and puts it in force. A file with a fault changes nothing."
            action="Read it"
            look="primary"
            onAct={(reason) => act('/admin/v1/relay/reload', { reason })}
            done="The config is in force"
            onDone={relay.refresh}
          />
        )
      }
    >
      <WhenRead reading={relay} label="how the relay is" rows={4}>
        {({ name, url, version, startedAtMs, ready, auditHealthy, policyRevision, problems }) => (
          <FactList>
            <FactRow name="Relay">
              {name} <Badge tone={ready ? 'ok' : 'bad'}>{ready ? 'ready' : 'not ready'}</Badge>
            </FactRow>
            <FactRow name="Address">
              {url} <CopyButton text={url} label="Copy the address" />
            </FactRow>
            <FactRow name="Version">{version}</FactRow>
            <FactRow name="Started">
              <Moment timeMs={startedAtMs} />
            </FactRow>
            <FactRow name="Audit">
              <Badge tone={auditHealthy ? 'ok' : 'bad'}>{auditHealthy ? 'written' : 'can’t be written'}</Badge>
            </FactRow>
            <FactRow name="Policy">
              <code className="font-mono text-sm">{policyRevision}</code>{' '}
              <CopyButton text={policyRevision} label="Copy the policy revision" />
            </FactRow>
            {problems.map((problem) => (
              <FactRow key={problem} name="Problem">
                {problem}
              </FactRow>
            ))}
          </FactList>
        )}
      </WhenRead>
    </PageFrame>
  );
}

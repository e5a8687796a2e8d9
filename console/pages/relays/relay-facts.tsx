import type { ReactNode } from 'react';
import { Badge } from '../../../ui/components/badge.tsx';
import { CopyButton } from '../../../ui/components/copy-button.tsx';
import { FactList, FactRow, PartTitle } from '../../../ui/components/fact-list.tsx';
import { Moment } from '../../../ui/components/moment.tsx';
import { formatBytes, formatCount } from '../../../ui/model/format.ts';
import type { ListedRelay } from '../../api/admin-api.ts';
import { DataTable } from '../../table/data-table.tsx';
import { WorkerDrainAct } from './relay-acts.tsx';
import { processColumns, type RelayProcess } from './relay-columns.tsx';
import { relayStanding } from './relay-words.ts';

const pidOf = ({ pid }: RelayProcess) => String(pid);

/** All that one relay says of itself, and its processes. */
export function RelayFacts({ relay, acts, onDone }: { relay: ListedRelay; acts: ReactNode; onDone: () => void }) {
  const { name, id, self, url, version, startedAtMs, problems, policyRevision, config, processes } = relay;
  const { words, tone } = relayStanding(relay);
  const hasWorkers = processes.some(({ worker }) => worker !== null);
  return (
    <>
      <section>
        <div className="flex flex-wrap items-center justify-between gap-2">
          <PartTitle>{self ? 'This relay' : `The relay ${id}`}</PartTitle>
          {acts !== null && <div className="pb-2">{acts}</div>}
        </div>
        <FactList>
          <FactRow name="Relay">
            {name} <Badge tone={tone}>{words}</Badge>
          </FactRow>
          {problems.map((problem) => (
            <FactRow key={problem} name="Problem">
              {problem}
            </FactRow>
          ))}
          <FactRow name="Load">
            {formatCount(relay.tunnels, 'tunnel', 'tunnels')}, {formatCount(relay.streams, 'request', 'requests')} in
            flight, {formatBytes(relay.memoryBytes)} of memory
          </FactRow>
          <FactRow name="Address">
            {url} <CopyButton text={url} label="Copy the address" />
          </FactRow>
          <FactRow name="Version">
            {version}, started <Moment timeMs={startedAtMs} />
          </FactRow>
          <FactRow name="Config">
            In force since <Moment timeMs={config.loadedAtMs} />
            {config.refused !== null && (
              <span className="block text-sm text-bad">
                A later one was refused <Moment timeMs={config.refused.atMs} />: {config.refused.reason}
              </span>
            )}
          </FactRow>
          <FactRow name="Policy">
            <code className="font-mono text-sm break-all">{policyRevision}</code>{' '}
            <CopyButton text={policyRevision} label="Copy the policy revision" />
          </FactRow>
          {!self && (
            <FactRow name="Last heard">
              <Moment timeMs={relay.atMs} />
            </FactRow>
          )}
        </FactList>
      </section>
      <DataTable
        label={`Processes of ${name}`}
        prefix="processes-"
        columns={processColumns}
        rows={processes}
        idOf={pidOf}
        maxRows={12}
        empty={null}
        {...(hasWorkers
          ? {
              actions: (process: RelayProcess) => <WorkerDrainAct relay={relay} process={process} onDone={onDone} />,
              actionsPx: 104,
            }
          : {})}
      >
        <PartTitle>Processes</PartTitle>
      </DataTable>
    </>
  );
}

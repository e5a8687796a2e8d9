import type { ReactNode } from 'react';
import { Badge } from '../../../ui/components/badge.tsx';
import { CopyButton } from '../../../ui/components/copy-button.tsx';
import { FactList, FactRow, PartTitle } from '../../../ui/components/fact-list.tsx';
import { Moment } from '../../../ui/components/moment.tsx';
import { formatBytes, formatCount } from '../../../ui/model/format.ts';
import type { ListedRelay } from '../../api/admin-api.ts';
import { useMay } from '../../store/sign-in.ts';
import { DataTable } from '../../table/data-table.tsx';
import { WorkerDrainAct } from './relay-acts.tsx';
import { processColumns } from './relay-columns.tsx';
import { type ProcessRow, rowsOf } from './relay-rows.ts';
import { relayStanding } from './relay-words.ts';

const idOf = ({ worker }: ProcessRow) => String(worker);

/** All that one relay says of itself, and its processes. */
export function RelayFacts({ relay, acts, onDone }: { relay: ListedRelay; acts: ReactNode; onDone: () => void }) {
  const mayRun = useMay('run-relay');
  const { name, id, self, url, version, startedAtMs, problems, policyRevision, config } = relay;
  const { words, tone } = relayStanding(relay);
  const rows = rowsOf(relay);
  const hasWorkers = rows.some(({ worker }) => worker !== null);
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
          {relay.stopped === true && (
            <FactRow name="Stopped">
              In order, <Moment timeMs={relay.atMs} />. All else here is as it was then.
            </FactRow>
          )}
          {relay.silent && relay.stopped !== true && (
            <FactRow name="Silent">
              It has said nothing since <Moment timeMs={relay.atMs} />: it is down, or cut off. All else here is as it
              was then.
            </FactRow>
          )}
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
          {relay.noOrders !== null && !relay.silent && mayRun && (
            <FactRow name="Draining it from here">{relay.noOrders}</FactRow>
          )}
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
        rows={rows}
        idOf={idOf}
        maxRows={12}
        empty={null}
        {...(hasWorkers
          ? {
              actions: (process: ProcessRow) => <WorkerDrainAct relay={relay} process={process} onDone={onDone} />,
              actionsPx: 104,
            }
          : {})}
      >
        <PartTitle>Processes</PartTitle>
      </DataTable>
    </>
  );
}

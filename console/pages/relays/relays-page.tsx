import { TriangleAlert } from 'lucide-react';
import type { ListedRelay } from '../../api/admin-api.ts';
import { useReading } from '../../api/use-reading.ts';
import { hrefOf, usePlace } from '../../route/place.ts';
import { DataTable } from '../../table/data-table.tsx';
import { PageFrame, WhenRead } from '../page-frame.tsx';
import { DrainAct, RelayActs } from './relay-acts.tsx';
import { relayColumns } from './relay-columns.tsx';
import { RelayFacts } from './relay-facts.tsx';

const fresh = { everyMs: 10_000, live: ['relay'] } as const;
const idOf = ({ id }: ListedRelay) => id;

/** The relay that answers and those that share its storage or Redis; one of them with all that it says of itself. */
export function RelaysPage() {
  const reading = useReading('/admin/v1/relays', undefined, fresh);
  const { parts } = usePlace();
  const [openId] = parts;
  return (
    <PageFrame
      title="Relays"
      shape="scroll"
      text="How each relay is. Those that share a storage or a Redis tell each other every 15 s."
      actions={<RelayActs own={reading.value?.relays.find(({ self }) => self) ?? null} onDone={reading.refresh} />}
    >
      <WhenRead reading={reading} label="the relays" rows={3}>
        {({ relays, unreadable }) => {
          const open = relays.find(({ id }) => id === openId) ?? relays.find(({ self }) => self);
          return (
            <div className="grid grid-cols-1 gap-6">
              {unreadable !== null && (
                <p className="flex items-baseline gap-2 rounded-xl border border-line bg-warning-weak p-3 text-sm">
                  <TriangleAlert aria-hidden className="size-4 shrink-0 translate-y-0.5 text-warning" />
                  <span className="min-w-0 break-words">The other relays aren’t known now: {unreadable}</span>
                </p>
              )}
              {relays.length > 1 && (
                <DataTable
                  label="Relays"
                  columns={relayColumns}
                  rows={relays}
                  idOf={idOf}
                  hrefOf={({ id }) => hrefOf('relays', [id])}
                  selectedId={open?.id ?? null}
                  maxRows={12}
                  empty={null}
                />
              )}
              {open !== undefined && (
                <RelayFacts
                  relay={open}
                  acts={open.self ? null : <DrainAct relay={open} onDone={reading.refresh} />}
                  onDone={reading.refresh}
                />
              )}
            </div>
          );
        }}
      </WhenRead>
    </PageFrame>
  );
}

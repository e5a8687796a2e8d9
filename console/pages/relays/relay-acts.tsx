import { LogIn, LogOut, RefreshCw } from 'lucide-react';
import { Button } from '../../../ui/components/button.tsx';
import { formatCount } from '../../../ui/model/format.ts';
import { ActDialog } from '../../act/act-dialog.tsx';
import type { ListedRelay } from '../../api/admin-api.ts';
import { act } from '../../api/ask.ts';
import { useMay } from '../../store/sign-in.ts';
import type { ProcessRow } from './relay-rows.ts';
import { othersTakePeople, processName } from './relay-words.ts';

/** What can be done with the relay that answers. */
export function RelayActs({ own, onDone }: { own: ListedRelay | null; onDone: () => void }) {
  const mayRun = useMay('run-relay');
  if (!mayRun || own === null) return null;
  return (
    <div className="flex flex-wrap gap-2">
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
        onDone={onDone}
      />
      <DrainAct relay={own} onDone={onDone} />
    </div>
  );
}

/** Sends the people of any relay elsewhere, or lets it take them again. */
export function DrainAct({ relay, onDone }: { relay: ListedRelay; onDone: () => void }) {
  const mayRun = useMay('run-relay');
  if (!mayRun || !mayOrder(relay)) return null;
  const order = (wanted: 'drain' | 'undrain') => async (reason: string) => {
    if (relay.self) return act(`/admin/v1/relay/${wanted}`, { reason });
    return act('/admin/v1/relays/{relay}/{order}', { reason }, { relay: relay.id, order: wanted });
  };
  const name = relay.self ? relay.name : relay.id;
  const pace = relay.self ? '' : ' It does so within 5 s, and forgets it when it starts again.';
  return relay.draining ? (
    <ActDialog
      trigger={
        <Button look="primary">
          <LogIn aria-hidden className="size-4" /> Take people again
        </Button>
      }
      title={`Let ${name} take people again?`}
      text={`New tunnels are taken, and the relay says that it is ready.${pace}`}
      action="Take people again"
      look="primary"
      onAct={order('undrain')}
      done={relay.self ? 'The relay takes people again' : `${name} is told to take people again`}
      onDone={onDone}
    />
  ) : (
    <ActDialog
      trigger={
        <Button>
          <LogOut aria-hidden className="size-4" /> Drain
        </Button>
      }
      title={`Drain ${name}?`}
      text={`${formatCount(relay.tunnels, 'open tunnel is', 'open tunnels are')} told to go to another relay, new ones are refused, and the relay says that it isn’t ready. Without another relay people wait until you take them again.${pace}`}
      action="Drain"
      onAct={order('drain')}
      done={relay.self ? 'The relay sends people elsewhere' : `${name} is told to send people elsewhere`}
      onDone={onDone}
    />
  );
}

/** Sends the people of one worker to the others, or lets it take some again. */
export function WorkerDrainAct({
  relay,
  process,
  onDone,
}: {
  relay: ListedRelay;
  process: ProcessRow;
  onDone: () => void;
}) {
  const { worker, draining, running } = process;
  const mayRun = useMay('run-relay');
  if (!mayRun || worker === null || !mayOrder(relay)) return null;
  const name = processName(process);
  const order = (wanted: 'drain' | 'undrain') => async (reason: string) =>
    act(
      '/admin/v1/relays/{relay}/workers/{worker}/{order}',
      { reason },
      { relay: relay.id, worker: String(worker), order: wanted },
    );
  const pace = relay.self ? '' : ' The relay does so within 5 s.';
  if (draining)
    return (
      <ActDialog
        trigger={
          <Button tabIndex={-1} look="quiet" className="h-7 px-2" aria-label={`Let ${name} take people again`}>
            Take people
          </Button>
        }
        title={`Let ${name} take people again?`}
        text={`It gets its share of new tunnels.${pace}`}
        action="Take people again"
        look="primary"
        onAct={order('undrain')}
        done={`The ${name} takes people again`}
        onDone={onDone}
      />
    );
  if (!othersTakePeople(relay, process)) return null;
  return (
    <ActDialog
      trigger={
        <Button tabIndex={-1} look="quiet" className="h-7 px-2" aria-label={`Drain ${name}`}>
          Drain
        </Button>
      }
      title={`Drain ${name}?`}
      text={`${formatCount(running?.tunnels ?? 0, 'open tunnel is', 'open tunnels are')} told to go to the other workers, which take the new ones, too.${running === null ? '' : ' The relay stays ready.'}${pace}`}
      action="Drain"
      onAct={order('drain')}
      done={`The ${name} sends people to the others`}
      onDone={onDone}
    />
  );
}

function mayOrder({ noOrders }: ListedRelay): boolean {
  return noOrders === null;
}

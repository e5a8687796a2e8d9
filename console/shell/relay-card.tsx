import { Hint } from '../../ui/components/hint.tsx';
import { Tile } from '../../ui/components/tile.tsx';
import { useLiveState } from '../api/live.ts';
import { useRelay } from './use-relay.ts';

/** Which relay this is, and how it is. */
export function RelayCard({ isSmall }: { isSmall: boolean }) {
  const relay = useRelay();
  const live = useLiveState((state) => state.state);
  const name = relay.value?.name ?? 'Causeway';
  const { words, colour } = stateOf(relay);
  const isLive = live === 'live' && relay.status === 'ready' && relay.problem === null;
  const card = (
    <div
      className={`flex min-w-0 items-center gap-2.5 rounded-xl border border-line bg-panel py-2 shadow-raised ${isSmall ? 'justify-center' : 'px-2.5'}`}
    >
      <Tile id={name} name={name} small />
      <div className={isSmall ? 'sr-only' : 'min-w-0 leading-tight'}>
        <div className="truncate text-sm font-semibold" title={name}>
          {name}
        </div>
        <output className="flex items-center gap-1.5 text-xs text-mute">
          <span aria-hidden className={`size-2 shrink-0 rounded-full ${colour}`} />
          {words}
          {isLive && words === 'Online' ? ', live' : ''}
        </output>
      </div>
    </div>
  );
  return isSmall ? (
    <Hint text={`${name}: ${words}`} side="right">
      {card}
    </Hint>
  ) : (
    card
  );
}

function stateOf({ status, value, problem }: ReturnType<typeof useRelay>): { words: string; colour: string } {
  if (status === 'loading') return { words: 'Asking', colour: 'bg-edge' };
  if (value === null || problem !== null) return { words: 'No answer', colour: 'bg-bad-fill' };
  if (!value.auditHealthy || !value.ready) return { words: 'Not ready', colour: 'bg-bad-fill' };
  if (value.problems.length > 0) return { words: 'With problems', colour: 'bg-warning' };
  return { words: 'Online', colour: 'bg-ok-fill' };
}

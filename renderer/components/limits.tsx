import type { CatalogEntry } from '../../shared/catalog.ts';
import { fewShare, type LimitView, limitViews } from '../model/limit-view.ts';
import { Moment } from '../../ui/components/moment.tsx';
import { PanelPart } from '../../ui/components/side-panel.tsx';
import { useNow } from '../../ui/components/use-now.ts';

const texts = { ok: 'text-text', warning: 'text-warning', bad: 'text-bad' } as const;

/** What is left of each limit on my requests, and when it starts anew. */
export function Limits({ api }: { api: CatalogEntry }) {
  const now = useNow(5000);
  const { quotas = [] } = api;
  if (quotas.length === 0) return null;
  return (
    <PanelPart title="What is left">
      <ul className="grid gap-3">
        {limitViews(quotas, now).map((limit) => (
          <li key={limit.name} className="min-w-0">
            {limit.type === 'pace' ? <Pace limit={limit} /> : <Left limit={limit} />}
          </li>
        ))}
      </ul>
    </PanelPart>
  );
}

function Pace({ limit }: { limit: LimitView }) {
  return (
    <p className="flex flex-wrap justify-between gap-x-3 text-sm">
      <span className="min-w-0 break-words text-mute">{limit.name}</span>
      <span>at most {limit.words}</span>
    </p>
  );
}

function Left({ limit }: { limit: LimitView }) {
  const { name, words, left, limit: most, tone, resetsAtMs } = limit;
  const said = left === 0 ? 'used up' : `${left.toLocaleString('en')} left`;
  return (
    <>
      <p className="flex flex-wrap justify-between gap-x-3 text-sm">
        <span className="min-w-0 break-words text-mute">{name}</span>
        <span className={`font-medium tabular-nums ${texts[tone]}`}>{said}</span>
      </p>
      <meter
        aria-label={`Left of ${name}`}
        aria-valuetext={`${left.toLocaleString('en')} of ${words}`}
        min={0}
        max={most}
        high={most * fewShare}
        optimum={most}
        value={left}
        className="my-1 block h-1.5 w-full"
      />
      <p className="text-xs text-mute">
        of {words}
        {resetsAtMs !== null && (
          <>
            , starts anew <Moment timeMs={resetsAtMs} />
          </>
        )}
      </p>
    </>
  );
}

import type { CatalogEntry } from '../../shared/catalog.ts';
import { fewShare, type LimitView, limitViews } from '../model/limit-view.ts';
import { Moment } from '../../ui/components/moment.tsx';
import { PanelPart } from '../../ui/components/side-panel.tsx';
import { useNow } from '../../ui/components/use-now.ts';
import { text } from '../../shared/messages/text.ts';
import { richText } from '../model/rich-text.ts';

const texts = { ok: 'text-text', warning: 'text-warning', bad: 'text-bad' } as const;

/** What is left of each limit on my requests, and when it starts anew. */
export function Limits({ api }: { api: CatalogEntry }) {
  const now = useNow();
  const { quotas = [] } = api;
  if (quotas.length === 0) return null;
  return (
    <PanelPart title={text('limits.title')}>
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
      <span>{text('limits.at-most', { limit: limit.words })}</span>
    </p>
  );
}

function Left({ limit }: { limit: LimitView }) {
  const { name, words, left, limit: most, tone, resetsAtMs } = limit;
  const said = left === 0 ? text('limits.used-up') : text('limits.left', { left });
  return (
    <>
      <p className="flex flex-wrap justify-between gap-x-3 text-sm">
        <span className="min-w-0 break-words text-mute">{name}</span>
        <span className={`font-medium tabular-nums ${texts[tone]}`}>{said}</span>
      </p>
      <meter
        aria-label={text('limits.left-of', { name })}
        aria-valuetext={text('limits.left-of-limit', { left, limit: words })}
        min={0}
        max={most}
        high={most * fewShare}
        optimum={most}
        value={left}
        className="my-1 block h-1.5 w-full"
      />
      <p className="text-xs text-mute">
        {resetsAtMs === null
          ? text('limits.of', { limit: words })
          : richText('limits.of-resets', { limit: words, time: <Moment timeMs={resetsAtMs} /> })}
      </p>
    </>
  );
}

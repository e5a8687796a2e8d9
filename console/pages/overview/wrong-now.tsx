import { CircleAlert, CircleCheck } from 'lucide-react';
import { Button } from '../../../ui/components/button.tsx';
import type { Relay } from '../../api/admin-api.ts';
import { goTo } from '../../route/place.ts';
import { type Trouble, troublesOf } from './troubles.ts';

/** What is wrong now, worst first, each with the one thing to do. */
export function WrongNow({ relay }: { relay: Relay }) {
  const troubles = troublesOf(relay);
  if (troubles.length === 0)
    return (
      <div className="flex items-center gap-3 rounded-xl border border-line bg-panel p-3.5">
        <CircleCheck aria-hidden className="size-[18px] shrink-0 text-ok" />
        <p>
          <span className="font-semibold">Nothing is wrong.</span>{' '}
          <span className="text-mute">The relay serves requests, and the audit is written.</span>
        </p>
      </div>
    );
  return (
    <ul className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-panel">
      {troubles.map((trouble) => (
        <TroubleRow key={trouble.id} trouble={trouble} />
      ))}
    </ul>
  );
}

function TroubleRow({ trouble: { title, text, tone, action } }: { trouble: Trouble }) {
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 p-3.5">
      <div className="flex min-w-0 flex-1 basis-72 gap-3">
        <CircleAlert
          aria-hidden
          className={`mt-0.5 size-[18px] shrink-0 ${tone === 'bad' ? 'text-bad' : 'text-warning'}`}
        />
        <div className="min-w-0">
          <p className="font-semibold break-words">{title}</p>
          <p className="text-sm break-words text-mute">{text}</p>
        </div>
      </div>
      <Button onClick={() => goTo(action.href)}>{action.label}</Button>
    </li>
  );
}

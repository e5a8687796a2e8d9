import { CircleAlert, CircleCheck, Info } from 'lucide-react';
import { Button } from '../../../ui/components/button.tsx';
import type { Overview } from '../../api/admin-api.ts';
import { goTo } from '../../route/place.ts';
import { useSignIn } from '../../store/sign-in.ts';
import { type Trouble, troublesOf } from './troubles.ts';

const none: readonly never[] = [];

/** What is wrong now, worst first, each with the one thing to do. */
export function WrongNow({ problems }: Pick<Overview, 'problems'>) {
  const rights = useSignIn(({ signIn }) => (signIn.status === 'signed-in' ? signIn.me.rights : none));
  const troubles = troublesOf(problems, rights);
  if (troubles.length === 0)
    return (
      <div className="flex items-center gap-3 rounded-xl border border-line bg-panel p-3.5">
        <CircleCheck aria-hidden className="size-[18px] shrink-0 text-ok" />
        <p>
          <span className="font-semibold">Nothing is wrong.</span>{' '}
          <span className="text-mute">Requests are served and recorded, and nobody waits.</span>
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

const looks = {
  bad: { Icon: CircleAlert, colour: 'text-bad' },
  warning: { Icon: CircleAlert, colour: 'text-warning' },
  info: { Icon: Info, colour: 'text-accent' },
} as const;

function TroubleRow({ trouble: { what, why, remedy, tone, action } }: { trouble: Trouble }) {
  const { Icon, colour } = looks[tone];
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 p-3.5">
      <div className="flex min-w-0 flex-1 basis-72 gap-3">
        <Icon aria-hidden className={`mt-0.5 size-[18px] shrink-0 ${colour}`} />
        <div className="min-w-0">
          <p className="font-semibold break-words">{what}</p>
          <p className="text-sm break-words text-mute">{why}</p>
          <p className="text-sm break-words">{remedy}</p>
        </div>
      </div>
      <Button onClick={() => goTo(action.href)}>{action.label}</Button>
    </li>
  );
}

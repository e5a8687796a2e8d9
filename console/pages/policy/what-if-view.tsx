import { LoaderCircle, Scale } from 'lucide-react';
import { useState } from 'react';
import type { UserProblem } from '../../../shared/errors.ts';
import { Button } from '../../../ui/components/button.tsx';
import { ProblemCard } from '../../../ui/components/problem-card.tsx';
import type { WhatIf } from '../../api/admin-api.ts';
import { act, read } from '../../api/ask.ts';
import { notifyProblem } from '../../store/notices.ts';
import { useMay } from '../../store/sign-in.ts';
import { Field, inputClasses } from './field.tsx';
import { WhatIfResult } from './what-if-result.tsx';

type Comparing =
  | { readonly status: 'none' | 'busy' }
  | { readonly status: 'done'; readonly found: WhatIf }
  | { readonly status: 'failed'; readonly problem: UserProblem };

const days = [1, 7, 30, 90] as const;

/** Compares a pasted config with the one in force. Nothing is put in force. */
export function WhatIfView() {
  const mayRead = useMay('read-config');
  const [text, setText] = useState('');
  const [period, setPeriod] = useState(7);
  const [comparing, setComparing] = useState<Comparing>({ status: 'none' });
  const isBusy = comparing.status === 'busy';
  const compare = () => {
    setComparing({ status: 'busy' });
    void act('/admin/v1/policy/what-if', { text, days: period }).then((answer) =>
      setComparing(answer.ok ? { status: 'done', found: answer.value } : { status: 'failed', problem: answer.problem }),
    );
  };
  const begin = () =>
    void read('/admin/v1/config').then((answer) => {
      if (answer.ok) setText(answer.value.text);
      else notifyProblem(answer.problem);
    });
  return (
    <div className="grid grid-cols-1 gap-6">
      <form
        className="grid grid-cols-1 gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          compare();
        }}
      >
        <Field
          label="The whole config, as it would be"
          hint="Nothing of it is put in force: the policy changes only in the file."
        >
          {(id) => (
            <textarea
              id={id}
              required
              rows={12}
              spellCheck={false}
              value={text}
              onChange={(event) => setText(event.target.value)}
              className="w-full resize-y rounded-[9px] border border-edge bg-panel px-2.5 py-2 font-mono text-sm"
            />
          )}
        </Field>
        <div className="flex flex-wrap items-end gap-3">
          <div className="w-48">
            <Field label="By the requests of">
              {(id) => (
                <select
                  id={id}
                  className={inputClasses}
                  value={period}
                  onChange={(event) => setPeriod(Number(event.target.value))}
                >
                  {days.map((count) => (
                    <option key={count} value={count}>
                      {count === 1 ? 'the last day' : `the last ${count} days`}
                    </option>
                  ))}
                </select>
              )}
            </Field>
          </div>
          <Button type="submit" look="primary" disabled={isBusy} aria-busy={isBusy}>
            {isBusy ? <LoaderCircle aria-hidden className="spin size-4" /> : <Scale aria-hidden className="size-4" />}
            Compare
          </Button>
          {mayRead && <Button onClick={begin}>Begin with the config in force</Button>}
        </div>
      </form>
      <div aria-live="polite">
        {comparing.status === 'failed' && <ProblemCard problem={comparing.problem} />}
        {comparing.status === 'done' && <WhatIfResult found={comparing.found} />}
      </div>
    </div>
  );
}

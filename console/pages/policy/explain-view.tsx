import { Check, Minus } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { UserProblem } from '../../../shared/errors.ts';
import { Badge } from '../../../ui/components/badge.tsx';
import { Button } from '../../../ui/components/button.tsx';
import { PartTitle } from '../../../ui/components/fact-list.tsx';
import { ProblemCard } from '../../../ui/components/problem-card.tsx';
import type { Explanation } from '../../api/admin-api.ts';
import { act } from '../../api/ask.ts';
import { setFilters, usePlace } from '../../route/place.ts';
import { askedIn, type AskedRequest, explainInput, methods } from './asked-request.ts';
import { Field, inputClasses } from './field.tsx';

type Told =
  | { readonly status: 'none' | 'asking' }
  | { readonly status: 'told'; readonly explanation: Explanation }
  | { readonly status: 'failed'; readonly problem: UserProblem };

function begun(search: URLSearchParams): Told {
  return { status: explainInput(askedIn(search)) === null ? 'none' : 'asking' };
}

/** Asks how a request is decided. The request stands in the address, so that the question can be sent to a colleague. */
export function ExplainView() {
  const { search } = usePlace();
  const address = search.toString();
  const [shown, setShown] = useState(address);
  const [form, setForm] = useState<AskedRequest>(() => askedIn(search));
  const [told, setTold] = useState<Told>(() => begun(search));
  /** The same question may be asked again: another policy is in force, or no answer came. */
  const [times, setTimes] = useState(0);
  if (shown !== address) {
    // Another question: by the form, a link, or the way back.
    setShown(address);
    setForm(askedIn(search));
    setTold(begun(search));
  }

  useEffect(() => {
    const input = explainInput(askedIn(new URLSearchParams(address)));
    if (input === null) return undefined;
    let isOver = false;
    void act('/admin/v1/policy/explain', input).then((answer) => {
      if (isOver) return;
      setTold(
        answer.ok ? { status: 'told', explanation: answer.value } : { status: 'failed', problem: answer.problem },
      );
    });
    return () => {
      isOver = true;
    };
  }, [address, times]);

  const change = (name: keyof AskedRequest) => (event: { readonly target: { readonly value: string } }) =>
    setForm({ ...form, [name]: event.target.value });
  return (
    <div className="grid grid-cols-1 gap-6">
      <form
        className="grid grid-cols-1 gap-3 sm:grid-cols-2 lg:grid-cols-3"
        onSubmit={(event) => {
          event.preventDefault();
          setFilters({ ...form }, false);
          setTold(begun(new URLSearchParams({ ...form })));
          setTimes(times + 1);
        }}
      >
        <Field label="Method">
          {(id) => (
            <select id={id} className={inputClasses} value={form.method} onChange={change('method')}>
              {[...new Set([...methods, form.method])].map((method) => (
                <option key={method}>{method}</option>
              ))}
            </select>
          )}
        </Field>
        <Field label="API and path" hint="Such as orders/v1/orders/4711">
          {(id) => <input id={id} required className={inputClasses} value={form.url} onChange={change('url')} />}
        </Field>
        <Field label="Groups" hint="Separated by commas">
          {(id) => <input id={id} className={inputClasses} value={form.groups} onChange={change('groups')} />}
        </Field>
        <Field label="Person" hint="Whose locks count; empty for anybody">
          {(id) => <input id={id} className={inputClasses} value={form.as} onChange={change('as')} />}
        </Field>
        <Field label="From" hint="IP address; empty for anywhere">
          {(id) => <input id={id} className={inputClasses} value={form.address} onChange={change('address')} />}
        </Field>
        <Field label="At" hint="A past time, such as 2026-11-01T12:00Z or 3d; empty for now">
          {(id) => <input id={id} className={inputClasses} value={form.at} onChange={change('at')} />}
        </Field>
        <div className="sm:col-span-full">
          <Button type="submit" look="primary" disabled={told.status === 'asking'}>
            Explain
          </Button>
        </div>
      </form>
      <div aria-live="polite">
        {told.status === 'failed' && <ProblemCard problem={told.problem} />}
        {told.status === 'told' && <Explained explanation={told.explanation} />}
      </div>
    </div>
  );
}

function Explained({
  explanation: { api, method, path, decision, considered, policyRevision },
}: {
  explanation: Explanation;
}) {
  const isAllowed = decision.effect === 'allow';
  return (
    <div className="grid grid-cols-1 gap-5">
      <div className="grid gap-1.5 rounded-xl border border-line bg-panel px-4 py-3">
        <p className="flex flex-wrap items-center gap-2">
          <Badge tone={isAllowed ? 'ok' : 'bad'}>{isAllowed ? 'allowed' : 'denied'}</Badge>
          <span className="min-w-0 font-medium [overflow-wrap:anywhere]">
            {method} {api}
            {path ?? ''}
          </span>
        </p>
        <p className="break-words">{decision.reason}</p>
        <p className="text-xs text-mute">Policy {policyRevision}</p>
      </div>
      {considered.length > 0 && (
        <section>
          <PartTitle>Each rule, in its order</PartTitle>
          <ol className="overflow-hidden rounded-xl border border-line bg-panel">
            {considered.map(({ rule, matched, because }) => (
              <li key={rule} className="flex gap-2.5 border-t border-line px-4 py-2.5 first:border-t-0">
                {matched ? (
                  <Check aria-hidden className="mt-0.5 size-4 shrink-0 text-ok" />
                ) : (
                  <Minus aria-hidden className="mt-0.5 size-4 shrink-0 text-faint" />
                )}
                <div className="min-w-0">
                  <p className="font-medium break-words">
                    {rule} <span className="font-normal text-mute">{matched ? 'fits' : 'doesn’t fit'}</span>
                  </p>
                  <p className="text-sm break-words text-mute">{because}</p>
                </div>
              </li>
            ))}
          </ol>
        </section>
      )}
    </div>
  );
}

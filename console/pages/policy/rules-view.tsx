import { FactList, FactRow, PartTitle } from '../../../ui/components/fact-list.tsx';
import { CopyButton } from '../../../ui/components/copy-button.tsx';
import { useReading } from '../../api/use-reading.ts';
import { useFilter } from '../../route/place.ts';
import { useRelay } from '../../shell/use-relay.ts';
import { useMay } from '../../store/sign-in.ts';
import { ApiRules } from '../apis/api-rules.tsx';
import { WhenRead } from '../page-frame.tsx';
import { Field, inputClasses } from './field.tsx';

/** The rules of one API at a time, in sentences. */
export function RulesView() {
  const relay = useRelay();
  const apis = useReading('/admin/v1/apis');
  const [chosen, setChosen] = useFilter('api');
  const maySee = useMay('read-usage');
  const api = chosen === '' ? (apis.value?.apis[0]?.id ?? null) : chosen;
  const detail = useReading(api === null || !maySee ? null : '/admin/v1/apis/{api}', { api });
  return (
    <div className="grid grid-cols-1 gap-5">
      {relay.value !== null && (
        <FactList>
          <FactRow name="Revision in force">
            <code className="font-mono text-sm">{relay.value.policyRevision}</code>{' '}
            <CopyButton text={relay.value.policyRevision} label="Copy the policy revision" />
          </FactRow>
        </FactList>
      )}
      <WhenRead reading={apis} label="APIs" rows={2}>
        {({ apis: all }) =>
          all.length === 0 ? (
            <p className="text-mute">The config names no APIs.</p>
          ) : (
            <div className="max-w-sm">
              <Field label="API">
                {(id) => (
                  <select
                    id={id}
                    className={inputClasses}
                    value={api ?? ''}
                    onChange={(event) => setChosen(event.target.value)}
                  >
                    {all.map((one) => (
                      <option key={one.id} value={one.id}>
                        {one.name}
                      </option>
                    ))}
                  </select>
                )}
              </Field>
            </div>
          )
        }
      </WhenRead>
      {maySee && api !== null && (
        <section>
          <PartTitle>First to last; a rule that denies wins</PartTitle>
          <WhenRead reading={detail} label="rules" rows={3}>
            {({ rules }) => <ApiRules rules={rules} />}
          </WhenRead>
        </section>
      )}
    </div>
  );
}

import { Button } from '../../ui/components/button.tsx';
import { usePlace } from '../route/place.ts';
import { goTo, hrefOf } from '../route/place.ts';
import { Bar } from './bar.tsx';
import { useRelay } from './use-relay.ts';

/** The one message at the top: the relay doesn’t answer, or doesn’t serve. */
export function ProblemBanner() {
  const relay = useRelay();
  const { page } = usePlace();
  if (relay.problem !== null)
    return (
      <Bar title={relay.problem.title} text={relay.problem.hint}>
        <Button onClick={relay.refresh}>Try again</Button>
      </Bar>
    );
  if (relay.value === null || (relay.value.ready && relay.value.auditHealthy)) return null;
  const [first, ...more] = relay.value.problems;
  const text = first ?? (relay.value.auditHealthy ? 'It says no cause.' : 'The audit can’t be written.');
  return (
    <Bar
      title={relay.value.auditHealthy ? 'The relay isn’t ready' : 'No request is served: the audit can’t be written'}
      text={more.length === 0 ? text : `${text} (${more.length} more)`}
    >
      {page !== 'overview' && page !== '' && <Button onClick={() => goTo(hrefOf('overview'))}>See what to do</Button>}
    </Bar>
  );
}

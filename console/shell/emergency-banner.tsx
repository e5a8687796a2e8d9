import { Button } from '../../ui/components/button.tsx';
import { Moment } from '../../ui/components/moment.tsx';
import { useReading } from '../api/use-reading.ts';
import { goTo, hrefOf } from '../route/place.ts';
import { useMay } from '../store/sign-in.ts';
import { Bar } from './bar.tsx';
import { emergencySignIns, waitingEmergencies } from './emergency-sign-ins.ts';

const fresh = { everyMs: 60_000, live: ['anomaly', 'administrator'], isApart: true } as const;

/** Above each page while there is an emergency sign-in that nobody has acknowledged, at whichever relay it was. */
export function EmergencyBanner() {
  const mayRead = useMay('read-usage');
  const reading = useReading(mayRead ? '/admin/v1/anomalies' : null, waitingEmergencies, fresh);
  const [newest, ...others] = emergencySignIns(reading.value?.anomalies ?? []);
  if (newest === undefined) return null;
  return (
    <Bar
      label="Emergency sign-in"
      title={`${newest.person?.username ?? 'Somebody'} has signed in with an emergency account`}
      text={
        <>
          <Moment timeMs={newest.timeMs} />
          {others.length > 0 && `, and ${others.length} more`}. Ask why; say what came of it.
        </>
      }
    >
      <Button onClick={() => goTo(hrefOf('anomalies', [newest.id]))}>Look at it</Button>
    </Bar>
  );
}

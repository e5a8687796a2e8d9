import { PartTitle } from '../../../ui/components/fact-list.tsx';
import { useRelay } from '../../shell/use-relay.ts';
import { useMay } from '../../store/sign-in.ts';
import { PageFrame, WhenRead } from '../page-frame.tsx';
import { DayChart } from './day-chart.tsx';
import { WrongNow } from './wrong-now.tsx';

/** What is wrong now and what to do about it, and how the last day went. */
export function OverviewPage() {
  const relay = useRelay();
  const mayReadUsage = useMay('read-usage');
  return (
    <PageFrame title="Overview" shape="scroll" text="What is wrong now, and how the last day went.">
      <div className="grid grid-cols-1 gap-6">
        <section>
          <PartTitle>Now</PartTitle>
          <WhenRead reading={relay} label="how the relay is" rows={1}>
            {(value) => <WrongNow relay={value} />}
          </WhenRead>
        </section>
        {mayReadUsage && (
          <section>
            <PartTitle>Last day</PartTitle>
            <DayChart />
          </section>
        )}
      </div>
    </PageFrame>
  );
}

import { PartTitle } from '../../../ui/components/fact-list.tsx';
import { useReading } from '../../api/use-reading.ts';
import { PageFrame, WhenRead } from '../page-frame.tsx';
import { LastDay } from './last-day.tsx';
import { WrongNow } from './wrong-now.tsx';

const fresh = { everyMs: 30_000, live: ['relay', 'access', 'anomaly', 'administrator'] } as const;

/** What is wrong now and what to do about it, and how the last day went. */
export function OverviewPage() {
  const overview = useReading('/admin/v1/overview', undefined, fresh);
  return (
    <PageFrame title="Overview" shape="scroll" text="What is wrong now, and how the last day went.">
      <WhenRead reading={overview} label="the overview" rows={4}>
        {({ problems, series, day, now }) => (
          <div className="grid grid-cols-1 gap-6">
            <section>
              <PartTitle>Now</PartTitle>
              <WrongNow problems={problems} />
            </section>
            <section>
              <PartTitle>Last day</PartTitle>
              <LastDay series={series} day={day} now={now} />
            </section>
          </div>
        )}
      </WhenRead>
    </PageFrame>
  );
}

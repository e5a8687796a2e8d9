import { ShieldCheck } from 'lucide-react';
import type { CatalogEntry } from '../../shared/catalog.ts';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { stepUpNeedOf } from '../model/step-up-text.ts';
import { command } from '../store/commands.ts';
import { Button } from '../../ui/components/button.tsx';
import { Moment } from '../../ui/components/moment.tsx';
import { useNow } from '../../ui/components/use-now.ts';
import { text } from '../../shared/messages/text.ts';
import { richText } from '../model/rich-text.ts';

/** What an API's rules ask of the sign-in, how old the present one is, and the way to a fresh one before it is missed. */
export function StepUpCard({ profile, api }: { profile: ProfileSnapshot; api: CatalogEntry }) {
  const now = useNow();
  const need = stepUpNeedOf(api);
  const { signIn, stepUp } = profile;
  if (need === null || signIn.status !== 'signed-in') return null;
  const { maxAgeSeconds, acr } = need.demand;
  const fresh = acr === undefined && maxAgeSeconds !== undefined && now - signIn.sinceMs < maxAgeSeconds * 1000;
  const waiting = stepUp !== null && stepUp !== undefined && stepUp.status !== 'asked';
  return (
    <div className="flex gap-2.5 rounded-xl border border-line bg-ground p-3">
      <ShieldCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
      <div className="grid min-w-0 flex-1 justify-items-start gap-2 text-sm">
        <p className="break-words">
          {need.text} <span className="text-mute">{maxAgeSeconds !== undefined && <Present signIn={signIn} />}</span>
        </p>
        {waiting ? (
          <p className="text-mute">{text('step-up.in-browser')}</p>
        ) : (
          <Button
            look={fresh ? 'quiet' : 'plain'}
            className={fresh ? '-my-1 -ms-3' : ''}
            onClick={() => command('sign-in:step-up', { profileId: profile.id, api: api.id })}
          >
            {text('step-up.now')}
          </Button>
        )}
      </div>
    </div>
  );
}

function Present({ signIn: { sinceMs } }: { signIn: { readonly sinceMs: number } }) {
  return <>{richText('step-up.last', { time: <Moment timeMs={sinceMs} /> })}</>;
}

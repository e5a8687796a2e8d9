import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { SignInState } from '../../shared/snapshot.ts';
import { bannerFor, type Banner, isTrouble } from '../model/banner.ts';
import { formatSpan } from '../../ui/model/format.ts';
import { showScreen, useApp, useProfile } from '../store/app-store.ts';
import { command } from '../store/commands.ts';
import { doBannerAction } from '../store/do-banner-action.ts';
import { signInTo } from '../store/sign-in-to.ts';
import { BreakGlassOffer } from './break-glass-offer.tsx';
import { Button } from '../../ui/components/button.tsx';
import { minuteMs, useNow } from '../../ui/components/use-now.ts';
import { text } from '../../shared/messages/text.ts';

const tones: Record<Banner['tone'], { box: string; icon: string; Icon: typeof Info }> = {
  info: { box: 'bg-accent-weak', icon: 'text-accent', Icon: Info },
  warning: { box: 'bg-warning-weak', icon: 'text-warning', Icon: TriangleAlert },
  danger: { box: 'bg-bad-weak', icon: 'text-bad', Icon: CircleAlert },
};

/** Banners whose matter the person can end. */
const cancellable = new Set(['waiting', 'step-up', 'step-up-waiting']);

/** The one banner, when there is something to say. */
export function BannerBar() {
  const snapshot = useApp((state) => state.snapshot);
  const dismissed = useApp((state) => state.dismissedBanners);
  const screen = useApp((state) => state.screen);
  const profile = useProfile();
  // A link that is back at once isn't worth a word; everything else here changes by the minute.
  const isDown = profile?.signIn.status === 'signed-in' && profile.tunnel.status === 'reconnecting';
  const nowMs = useNow(isDown ? 1000 : minuteMs);
  const banner = snapshot === null ? null : bannerFor(snapshot, { dismissed, nowMs });
  if (banner === null || profile === null) return null;
  const { box, icon, Icon } = tones[banner.tone];
  // The screen itself has what the action leads to, right below.
  const isThere =
    (banner.action?.type === 'open-settings' && screen === 'settings') ||
    (banner.action?.type === 'open-sessions' && screen === 'sessions');
  const action = isThere ? null : banner.action;
  return (
    <section
      aria-label={text('banner.label')}
      className={`appear flex min-h-11 flex-wrap items-center justify-end gap-x-2.5 gap-y-1.5 border-b border-line px-5 py-1.5 ${box}`}
    >
      <div className="flex min-w-0 flex-1 basis-80 items-center gap-2.5">
        <Icon aria-hidden className={`size-4 shrink-0 ${icon}`} />
        <div className="min-w-0 text-sm break-words">
          <strong className="font-semibold">{banner.title}</strong> <span className="text-mute">{banner.text}</span>
        </div>
      </div>
      {/* One line as long as it has room, however long the text beside it. */}
      <div className="flex max-w-full flex-wrap items-center justify-end gap-x-2.5 gap-y-1.5 empty:hidden">
        {banner.countdownToMs !== null && <NextAttempt atMs={banner.countdownToMs} />}
        {isTrouble(banner) && screen !== 'diagnostics' && (
          <Button look="quiet" onClick={() => showScreen('diagnostics')}>
            {text('problem-action.diagnose')}
          </Button>
        )}
        {cancellable.has(banner.key) && (
          <Button look="quiet" onClick={() => command('sign-in:cancel', { profileId: profile.id })}>
            {banner.key === 'step-up' ? text('banner.not-now') : text('app.cancel')}
          </Button>
        )}
        {banner.key.startsWith('update-ready-') && banner.tone !== 'danger' && (
          <Button look="quiet" onClick={() => command('update:later')}>
            {text('updates.later')}
          </Button>
        )}
        {banner.key === 'expired' && profile.offersBreakGlass === true && isProviderDown(profile.signIn) && (
          <BreakGlassOffer onStart={() => signInTo(profile, { breakGlass: true })} />
        )}
        {action !== null && (
          <Button
            look={action.type === 'sign-in' || action.type === 'step-up' ? 'primary' : 'plain'}
            onClick={() => doBannerAction(action.type, profile, banner.key)}
          >
            {action.label}
          </Button>
        )}
      </div>
    </section>
  );
}

/** Whether a try has shown that nobody can sign in at the company’s sign-in service now. */
function isProviderDown(signIn: SignInState): boolean {
  return signIn.status === 'expired' && signIn.problem.code === 'idp-unreachable';
}

function NextAttempt({ atMs }: { atMs: number }) {
  const left = atMs - useNow(1000);
  return (
    <span className="shrink-0 text-sm text-mute tabular-nums">
      {left < 1000 ? text('banner.trying') : text('banner.next-try', { span: formatSpan(left) })}
    </span>
  );
}

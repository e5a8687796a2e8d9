import type { ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';
import { PartTitle } from '../../ui/components/fact-list.tsx';
import { OtherDevices } from '../components/other-devices.tsx';
import { ScreenHeader } from '../../ui/components/screen-header.tsx';
import { ScrollPage } from '../../ui/components/scroll-page.tsx';
import { ThisDevice } from '../components/this-device.tsx';
import { useSeenNewDevices } from '../components/use-seen-new-devices.ts';
import { useOwnSessions } from '../components/use-own-sessions.ts';
import { splitSessions } from '../model/device-sessions.ts';
import { text } from '../../shared/messages/text.ts';

/** Where the person is signed in: this device, and the others with the way to sign them out. */
export function SessionsScreen({ snapshot, profile }: { snapshot: Snapshot; profile: ProfileSnapshot }) {
  const heard = useOwnSessions(profile);
  const newIds = useSeenNewDevices(profile);
  const split = heard.sessions === null ? null : splitSessions(heard.sessions);
  return (
    <ScrollPage>
      <ScreenHeader title={text('shell.screen.sessions')}>
        {text('sessions.intro', { relay: profile.relayName })}
      </ScreenHeader>
      <div className="grid grid-cols-1 gap-6">
        <section>
          <PartTitle>{text('sessions.this-device')}</PartTitle>
          <ThisDevice
            snapshot={snapshot}
            profile={profile}
            own={split?.own ?? null}
            earlier={split?.earlier ?? []}
            heard={heard}
          />
        </section>
        <OtherDevices profile={profile} heard={heard} split={split} newIds={newIds} />
      </div>
    </ScrollPage>
  );
}

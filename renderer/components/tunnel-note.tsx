import { Hourglass } from 'lucide-react';
import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import { causeNote } from '../model/cause-note.ts';
import { useApp } from '../store/app-store.ts';

/** What is going on while requests can't go straight through; nothing while they can. */
export function TunnelNote({ profile }: { profile: ProfileSnapshot }) {
  const waitMs = useApp((state) => state.snapshot?.waitForTunnelMs ?? 0);
  const said = causeNote(profile, waitMs);
  if (said === null) return null;
  return (
    <div className="flex gap-2.5 rounded-xl border border-line bg-ground p-3">
      <Hourglass
        aria-hidden
        className={`mt-0.5 size-4 shrink-0 ${said.tone === 'warning' ? 'text-warning' : 'text-accent'}`}
      />
      <div className="min-w-0 text-sm break-words">
        <p className="font-medium">{said.title}</p>
        <p className="text-mute">{said.text}</p>
      </div>
    </div>
  );
}

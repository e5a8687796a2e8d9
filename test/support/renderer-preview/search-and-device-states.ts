import type { PreviewState, PreviewStep } from './preview-state.ts';
import { sampleRequest } from './sample-requests.ts';
import { sampleActivity, sampleProfile, sampleSnapshot } from './sample-snapshot.ts';
import { sampleSessions, severalSignIns } from './sample-sessions.ts';
import { link } from './state-parts.ts';

const typed = (word: string): readonly PreviewStep[] => Array.from(word, (key) => ({ type: 'key', key }));

/** The search of the Access screen, and devices with several sign-ins. */
export function searchAndDeviceStates(nowMs: number): PreviewState[] {
  const asked = sampleRequest({ mine: true, requestedAtMs: nowMs - 600_000 });
  const snapshot = sampleSnapshot(nowMs, {
    profiles: [sampleProfile(nowMs, { requests: { requests: [asked], decides: false, leftOut: 0 } })],
  });
  const base = { snapshot, activity: sampleActivity(nowMs), sessions: { sessions: sampleSessions(nowMs) } };
  const search = (name: string, shows: string, word: string): PreviewState => ({
    ...base,
    name,
    shows,
    steps: [link('Access'), { type: 'key', key: 'Control+f' }, ...typed(word)],
  });
  const several = { sessions: severalSignIns(nowMs) };
  return [
    search('access-search', '2 matches', 'pay'),
    search('access-search-nothing', 'No match', 'zq'),
    { ...base, name: 'sessions-several', shows: 'Signed in 3 times', sessions: several, steps: [link('Sessions')] },
    {
      ...base,
      name: 'sessions-several-end',
      shows: 'All 3 sign-ins of it end',
      sessions: several,
      steps: [link('Sessions'), { type: 'click', role: 'button', name: 'Sign out alice-desktop' }],
    },
  ];
}

import type { AppUpdate } from '../shared/app-update.ts';
import { text } from '../shared/messages/text.ts';
import type { SystemNotice } from './shell/notices.ts';

/** What the system tells of a change: once, when an update begins to wait for the person. Pure. */
export function updateNotice(before: AppUpdate, after: AppUpdate): SystemNotice | null {
  const { state } = after;
  if (state.status === before.state.status) return null;
  if (state.status !== 'ready' && state.status !== 'offered') return null;
  return {
    title: text(`updates.notice.${state.status}`, { version: state.offer.version }),
    body: text('updates.notice.text'),
  };
}

import type { Place } from './ipc.ts';
import type { Notice } from './notice.ts';

/** What the one button of a notice does: it begins a sign-in again, or shows a place. */
export type NoticeAction =
  | { readonly type: 'sign-in'; readonly profileId: string }
  | { readonly type: 'show'; readonly profileId: string; readonly place: Place };

/** The one thing to do about a notice; where what it is about is gone meanwhile, the place says so. Pure. */
export function noticeAction({ facts, profileId }: Pick<Notice, 'facts' | 'profileId'>): NoticeAction {
  const show = (place: Place): NoticeAction => ({ type: 'show', profileId, place });
  const api = (id: string | null): NoticeAction =>
    show(id === null ? { show: 'access' } : { show: 'api', api: id, profileId });
  switch (facts.kind) {
    case 'sign-in-ended':
    case 'sign-in-ending':
      return { type: 'sign-in', profileId };
    case 'new-device':
      return show({ show: 'sessions' });
    case 'api-locked':
    case 'step-up':
    case 'quota-low':
    case 'quota-gone':
    case 'grant-ending':
    case 'grant-ended':
    case 'request-approved':
      return api(facts.api);
    case 'request-refused':
    case 'grant-revoked':
    case 'request-to-decide':
      return show({ show: 'request', id: facts.request, profileId });
    case 'sign-in-failing':
    case 'trouble':
    case 'emergency-sign-in':
    case 'emergency-invitation':
    case 'relay-draining':
      return show({ show: 'diagnostics' });
    case 'app-update-ready':
    case 'app-update-offered':
      return show({ show: 'settings' });
    case 'update-recommended':
    case 'update-required':
      return show({ show: 'sessions' });
  }
}

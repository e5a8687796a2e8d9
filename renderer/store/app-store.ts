import { create } from 'zustand';
import type { ActivityLog } from '../../shared/activity.ts';
import type { UserProblem } from '../../shared/errors.ts';
import { currentLocale } from '../../shared/messages/language.ts';
import type { Place } from '../../shared/ipc.ts';
import type { Notice as KeptNotice } from '../../shared/notice.ts';
import type { ProfileSnapshot, Snapshot } from '../../shared/snapshot.ts';
import type { Notice } from '../../ui/components/notices.tsx';
import type { ApiFilter } from '../model/api-list.ts';
import type { ActivityFilter } from '../model/activity-log.ts';
import { currentProfileOf } from '../model/current-profile.ts';

export type Screen = 'apis' | 'activity' | 'access' | 'requests' | 'sessions' | 'settings' | 'diagnostics';

/** The activity of the current profile, as far as it is known here. */
export type ActivityState =
  | { readonly status: 'loading' }
  | ({ readonly status: 'ready' } & ActivityLog)
  | { readonly status: 'failed'; readonly problem: UserProblem };

/** A short message; with the failure that it tells, and how to do once more what has failed where that may help. */
export interface ToldNotice extends Notice {
  readonly problem?: UserProblem;
  readonly retry?: () => void;
}

/** The main process' state as last pushed, and what the person is looking at. Holds no token. */
export interface AppState {
  /** By which all texts are made; the whole window is drawn anew when it changes. */
  readonly locale: string;
  readonly snapshot: Snapshot | null;
  readonly loadProblem: UserProblem | null;
  readonly activity: ActivityState;
  readonly screen: Screen;
  readonly selectedApi: string | null;
  readonly apiFilter: ApiFilter;
  readonly apiSearch: string;
  /** What is looked for on the Access screen. */
  readonly accessSearch: string;
  readonly activityFilter: ActivityFilter;
  readonly selectedRequest: string | null;
  /** The person asked for the sign-in form although another relay is signed in. */
  readonly addingRelay: boolean;
  readonly dismissedBanners: readonly string[];
  readonly notices: readonly ToldNotice[];
  /** What the person was told of, newest first, as the main process keeps it. */
  readonly keptNotices: readonly KeptNotice[];
  readonly noticesOpen: boolean;
  /** A place that a link or notice names, until it can be shown. */
  readonly wantedPlace: Extract<Place, { show: 'api' | 'request' }> | null;
  /** A place that several accounts have, until the person has said which is meant. */
  readonly placeToChoose: {
    readonly place: Extract<Place, { show: 'api' | 'request' }>;
    readonly profileIds: readonly string[];
  } | null;
  /** The request for access that a link or notice led to. */
  readonly selectedAccessRequest: string | null;
  /** Grows with each wish to search; the search field takes the focus then. */
  readonly searchRequests: number;
  /** The command palette is open. */
  readonly paletteOpen: boolean;
}

const initialActivityFilter: ActivityFilter = { api: null, deniedOnly: false, text: '' };

export const useApp = create<AppState>()(() => ({
  locale: currentLocale(),
  snapshot: null,
  loadProblem: null,
  activity: { status: 'loading' },
  screen: 'apis',
  selectedApi: null,
  apiFilter: 'all',
  apiSearch: '',
  accessSearch: '',
  activityFilter: initialActivityFilter,
  selectedRequest: null,
  addingRelay: false,
  dismissedBanners: [],
  notices: [],
  keptNotices: [],
  noticesOpen: false,
  wantedPlace: null,
  placeToChoose: null,
  selectedAccessRequest: null,
  searchRequests: 0,
  paletteOpen: false,
}));

/** The profile that the window shows; null before the first sign-in. */
export function useProfile(): ProfileSnapshot | null {
  return useApp((state) => (state.snapshot === null ? null : currentProfileOf(state.snapshot)));
}

/** Shows a screen; what was selected on another one is closed. */
export function showScreen(screen: Screen): void {
  useApp.setState({ screen, selectedApi: null, selectedRequest: null, addingRelay: false });
}

/** Shows the APIs and puts the focus into their search field. */
export function showSearch(): void {
  useApp.setState((state) => ({ screen: 'apis', addingRelay: false, searchRequests: state.searchRequests + 1 }));
}

/** Opens the command palette. */
export function showPalette(): void {
  useApp.setState({ paletteOpen: true });
}

/** Opens an API's page, or closes it with null. */
export function selectApi(api: string | null): void {
  useApp.setState({ screen: 'apis', selectedApi: api });
}

/** Shows the activity of one API. */
export function showActivityOf(api: string): void {
  useApp.setState({
    screen: 'activity',
    selectedApi: null,
    selectedRequest: null,
    activityFilter: { ...initialActivityFilter, api },
  });
}

/** Forgets what was looked at when another profile comes to the front. */
export function resetView(): void {
  useApp.setState({
    activity: { status: 'loading' },
    selectedApi: null,
    selectedRequest: null,
    apiFilter: 'all',
    apiSearch: '',
    accessSearch: '',
    activityFilter: initialActivityFilter,
    dismissedBanners: [],
  });
}

/** Opens an API's page with the focus in the reason for a request for access. */
export function askForAccess(api: string): void {
  selectApi(api);
  focusReason(api);
}

/** Puts the focus into the reason for a request for access, once its form is drawn. */
export function focusReason(api: string | null): void {
  requestAnimationFrame(() => document.getElementById(reasonId(api))?.focus());
}

/** The id of the field for the reason of a request at an API; null for all APIs. */
export function reasonId(api: string | null): string {
  // An API's id has no capital letter.
  return `reason-${api ?? 'ALL'}`;
}

let lastNoticeId = 0;

/** Shows a short message; the newest three stay. */
export function notify(notice: Omit<ToldNotice, 'id'>): void {
  lastNoticeId += 1;
  const added = { ...notice, id: lastNoticeId };
  useApp.setState((state) => ({ notices: [...state.notices, added].slice(-3) }));
}

/** Takes a message away. */
export function closeNotice(id: number): void {
  useApp.setState((state) => ({ notices: state.notices.filter((notice) => notice.id !== id) }));
}

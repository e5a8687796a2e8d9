import type { Place } from '../../shared/ipc.ts';
import { text } from '../../shared/messages/text.ts';
import { findPlace } from '../model/find-place.ts';
import { notify, selectApi, showPalette, showScreen, showSearch, useApp } from './app-store.ts';
import { ask } from './commands.ts';

/** Shows a place that a menu, a link or a notice names; one that isn't known yet is shown as soon as it is. Changes nothing else. */
export function showPlace(place: Place): void {
  useApp.setState({ wantedPlace: null, placeToChoose: null });
  switch (place.show) {
    case 'api':
    case 'request':
      useApp.setState({ wantedPlace: place });
      showWantedPlace();
      return;
    case 'search':
      showSearch();
      return;
    case 'palette':
      showPalette();
      return;
    case 'sign-in':
      useApp.setState({ addingRelay: true });
      return;
    case 'notices':
      useApp.setState({ noticesOpen: true });
      return;
    case 'access':
    case 'requests':
    case 'sessions':
    case 'diagnostics':
    case 'settings':
      showScreen(place.show);
  }
}

/** Looks again for the place that was wanted and wasn't there; called with each new state. */
export function showWantedPlace(): void {
  const { snapshot, wantedPlace } = useApp.getState();
  if (snapshot === null || wantedPlace === null) return;
  const found = findPlace(snapshot, wantedPlace);
  if (found.status === 'unknown-yet') return;
  if (found.status === 'nowhere') {
    useApp.setState({ wantedPlace: null });
    notify({ tone: 'problem', title: text('app.nothing-there'), text: nowhereText(wantedPlace) });
    return;
  }
  if (found.status === 'several') {
    useApp.setState({ wantedPlace: null, placeToChoose: { place: wantedPlace, profileIds: found.profileIds } });
    return;
  }
  if (found.profileId !== snapshot.currentProfileId) {
    // Shown with the state in which that relay is in front.
    void ask('profile:select', { profileId: found.profileId });
    return;
  }
  useApp.setState({ wantedPlace: null });
  if (found.status === 'api') selectApi(found.api);
  else {
    showScreen(found.mine ? 'access' : 'requests');
    useApp.setState({ selectedAccessRequest: found.id, accessSearch: '' });
  }
}

/** The person has said which of several accounts is meant; null for none. */
export function choosePlace(profileId: string | null): void {
  const { placeToChoose } = useApp.getState();
  useApp.setState({ placeToChoose: null });
  if (profileId !== null && placeToChoose !== null) showPlace({ ...placeToChoose.place, profileId });
}

function nowhereText(place: Extract<Place, { show: 'api' | 'request' }>): string {
  return place.show === 'api'
    ? text('app.nothing-there.api', { id: place.api })
    : text('app.nothing-there.request', { id: place.id });
}

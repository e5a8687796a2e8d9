import { apiStates } from './api-states.ts';
import { appStates } from './app-states.ts';
import { ownStates } from './own-states.ts';
import type { PreviewState } from './preview-state.ts';
import { searchAndDeviceStates } from './search-and-device-states.ts';
import { signInStates } from './sign-in-states.ts';
import { troubleStates } from './trouble-states.ts';

/** Every state of every screen, as of `nowMs`. */
export function previewStates(nowMs: number): PreviewState[] {
  return [
    ...signInStates(nowMs),
    ...apiStates(nowMs),
    ...ownStates(nowMs),
    ...appStates(nowMs),
    ...troubleStates(nowMs),
    ...searchAndDeviceStates(nowMs),
  ];
}

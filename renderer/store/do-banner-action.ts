import type { ProfileSnapshot } from '../../shared/snapshot.ts';
import type { BannerAction } from '../model/banner.ts';
import { showScreen, useApp } from './app-store.ts';
import { command } from './commands.ts';
import { signInTo } from './sign-in-to.ts';

/** Does what a banner’s button says; `key` is the banner’s, for one that is closed by it. */
export function doBannerAction(type: BannerAction, profile: ProfileSnapshot, key: string): void {
  const profileId = profile.id;
  switch (type) {
    case 'sign-in':
      return signInTo(profile);
    case 'step-up':
      return command('sign-in:step-up', { profileId });
    case 'try-now':
      return command('tunnel:try-now', { profileId });
    case 'open-network-page':
      return command('network:open-sign-in-page', { profileId });
    case 'reopen-browser':
      return command('sign-in:reopen', { profileId });
    case 'refresh-catalog':
      return command('catalog:refresh', { profileId });
    case 'restart-for-update':
      return command('update:restart');
    case 'download-update':
      return command('update:download');
    case 'open-settings':
      return showScreen('settings');
    case 'open-sessions':
      return showScreen('sessions');
    case 'dismiss':
      return useApp.setState((state) => ({ dismissedBanners: [...state.dismissedBanners, key] }));
  }
}

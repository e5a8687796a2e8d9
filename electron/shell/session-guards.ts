import { app, session } from 'electron';
import { isAppAddress } from '../app-address.ts';

/** Denies every permission, to every page, asked or checked. */
export function denyPermissions(): void {
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.defaultSession.setPermissionCheckHandler(() => false);
  session.defaultSession.setDevicePermissionHandler(() => false);
}

/**
 * For every page that ever comes to exist: it stays on the app's own origin, opens no window, holds no webview.
 */
export function confineContents(): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
    contents.on('will-navigate', (details) => {
      if (!isAppAddress(details.url)) details.preventDefault();
    });
    contents.on('will-redirect', (details) => {
      if (!isAppAddress(details.url)) details.preventDefault();
    });
    contents.on('will-frame-navigate', (details) => {
      if (!isAppAddress(details.url)) details.preventDefault();
    });
    contents.on('will-attach-webview', (event) => event.preventDefault());
  });
}

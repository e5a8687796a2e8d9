import { protocol } from 'electron';
import { appScheme } from '../app-address.ts';
import { answerAppRequest } from '../app-files.ts';

/** Declares the app's own scheme; must run before the app is ready. */
export function declareAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Serves the built window below `root` on the app's own origin. */
export function serveAppFiles(root: string): void {
  protocol.handle(appScheme, (request) => answerAppRequest(request, root));
}

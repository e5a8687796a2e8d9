import { app } from 'electron';
import { type DeepLink, deepLinkScheme, findDeepLink, parseDeepLink } from '../deep-link.ts';

/**
 * Listens for `causeway://` links from every way that a system hands them over: macOS's event, a second start's
 * arguments, this start's own arguments. `didOpen` gets what a good link asks, or null for any other start.
 */
export function watchDeepLinks(
  argv: readonly string[],
  didOpen: (link: Exclude<DeepLink, { status: 'refused' }> | null) => void,
): void {
  if (app.isPackaged) app.setAsDefaultProtocolClient(deepLinkScheme);
  const open = (text: string | null): void => {
    const link = text === null ? null : parseDeepLink(text);
    didOpen(link === null || link.status === 'refused' ? null : link);
  };
  app.on('open-url', (event, url) => {
    event.preventDefault();
    open(url);
  });
  app.on('second-instance', (_event, secondArgv) => open(findDeepLink(secondArgv)));
  const own = findDeepLink(argv);
  if (own !== null) open(own);
}

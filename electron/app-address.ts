/** Scheme and host under which the window's own files are served; nothing else may talk to the main process. */
export const appScheme = 'app';
export const appHost = 'causeway';
export const appOrigin = `${appScheme}://${appHost}`;
/** The one page of the window. */
export const appPage = `${appOrigin}/index.html`;

/** Whether an address is exactly on the app's own origin: scheme, host, no port, no user. Never a prefix test. */
export function isAppAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, host, username, password } = new URL(address);
  return protocol === `${appScheme}:` && host === appHost && username === '' && password === '';
}

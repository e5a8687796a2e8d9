/** A full path of some system, or the name of an app, as macOS knows them. */
export const browserPattern = /^(?:\/|[A-Za-z]:[\\/]|\\\\|[^\\/]+$)/;

/**
 * Whether a browser that IT has set names one program on this system: by its full path, or on macOS by its app’s name.
 * Anything else would be looked for, on Windows in the current folder first.
 */
export function isOneProgram(browser: string, platform: string): boolean {
  if (platform === 'win32') return /^(?:[A-Za-z]:[\\/]|\\\\)/.test(browser);
  return browser.startsWith('/') || (platform === 'darwin' && !browser.includes('/'));
}

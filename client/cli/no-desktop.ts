type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Why no browser of the person can be opened from here, in words; null when one can. Without a display the system's
 * opener would start a browser for terminals in the background, and over SSH one on the wrong computer's screen.
 */
export function noDesktopReason(environment: Environment, platform: NodeJS.Platform): string | null {
  // Somebody who names a browser means it.
  if (environment['BROWSER']) return null;
  const remote = Boolean(environment['SSH_CONNECTION'] || environment['SSH_TTY']);
  if (platform === 'win32' || platform === 'darwin') {
    return remote ? 'This is a session over SSH: the page would open on the other computer’s screen.' : null;
  }
  // Windows opens it where this is its subsystem for Linux.
  if (environment['DISPLAY'] || environment['WAYLAND_DISPLAY'] || environment['WSL_DISTRO_NAME']) return null;
  return remote
    ? 'This is a session over SSH without a display: there is no browser here to open.'
    : 'There is no display here, so no browser can be opened.';
}

import { expect, test } from 'vitest';
import { noDesktopReason } from '../../../client/cli/no-desktop.ts';

test.each<[string, Record<string, string>, NodeJS.Platform, boolean]>([
  ['X11', { DISPLAY: ':0' }, 'linux', true],
  ['Wayland', { WAYLAND_DISPLAY: 'wayland-0' }, 'linux', true],
  ['X11 over SSH', { DISPLAY: 'localhost:10.0', SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, 'linux', true],
  ['Windows’ subsystem', { WSL_DISTRO_NAME: 'Debian' }, 'linux', true],
  ['a browser by name', { BROWSER: 'firefox', SSH_TTY: '/dev/pts/0' }, 'linux', true],
  ['a Mac', {}, 'darwin', true],
  ['Windows', {}, 'win32', true],
  ['SSH', { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, 'linux', false],
  ['a console, a container, a service', {}, 'linux', false],
  ['an empty display', { DISPLAY: '' }, 'freebsd', false],
  ['SSH to a Mac', { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, 'darwin', false],
  ['SSH to Windows', { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, 'win32', false],
])('%s: a browser can be opened or not', (_where, environment, platform, opens) => {
  expect(noDesktopReason(environment, platform) === null).toBe(opens);
});

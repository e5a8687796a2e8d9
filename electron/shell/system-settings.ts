import { homedir } from 'node:os';
import { app, nativeTheme } from 'electron';
import type { Settings } from '../../shared/settings.ts';
import { localeFor, setLocale } from '../../shared/messages/language.ts';
import { autostartPath, createAutostart } from '../autostart.ts';
import { startCommand } from '../autostart-entry.ts';
import { log } from '../log.ts';

/**
 * Applies the settings that belong to the whole process: language, theme and start at login. Changes only what differs;
 * `didChangeLanguage` is called for the first language, too. What IT has set counts as if it had just been chosen.
 */
export function createSystemSettings(
  didChangeLanguage: () => void,
  userDataDir: string | undefined,
): (settings: Settings, isManaged: (setting: 'startAtLogin') => boolean) => void {
  const setStartAtLogin = startAtLogin(userDataDir);
  let locale: string | null = null;
  let started: boolean | null = null;
  return (settings, isManaged) => {
    const wanted = localeFor(settings.language, app.getPreferredSystemLanguages());
    if (locale !== wanted) {
      locale = wanted;
      setLocale(wanted);
      didChangeLanguage();
    }
    if (nativeTheme.themeSource !== settings.theme) nativeTheme.themeSource = settings.theme;
    if (started === settings.startAtLogin) return;
    setStartAtLogin(settings.startAtLogin, started !== null || isManaged('startAtLogin'));
    started = settings.startAtLogin;
  };
}

/** How this system is told to start the app at login; `chosen` when the person has just set it. */
function startAtLogin(userDataDir: string | undefined): (wanted: boolean, chosen: boolean) => void {
  if (process.platform === 'linux') {
    const command = startCommand({
      packaged: app.isPackaged,
      appImage: process.env['APPIMAGE'],
      execPath: process.execPath,
      appPath: app.getAppPath(),
      userDataDir,
    });
    const autostart = createAutostart(autostartPath(process.env, homedir()), command);
    return (wanted, chosen) => {
      try {
        autostart.apply(wanted, chosen);
      } catch (err) {
        log.warn({ err }, 'start at login can’t be set');
      }
    };
  }
  // A development run would register the bare runtime.
  if (!app.isPackaged) return () => undefined;
  return (wanted) => app.setLoginItemSettings({ openAtLogin: wanted, args: ['--hidden'] });
}

import { app, nativeTheme } from 'electron';
import type { Settings } from '../../shared/settings.ts';
import { localeFor, setLocale } from '../../shared/messages/language.ts';

/**
 * Applies the settings that belong to the whole process: language, theme and start at login. Changes only what differs;
 * `didChangeLanguage` is called for the first language, too.
 */
export function createSystemSettings(didChangeLanguage: () => void): (settings: Settings) => void {
  let locale: string | null = null;
  let startAtLogin: boolean | null = null;
  return (settings) => {
    const wanted = localeFor(settings.language, app.getPreferredSystemLanguages());
    if (locale !== wanted) {
      locale = wanted;
      setLocale(wanted);
      didChangeLanguage();
    }
    if (nativeTheme.themeSource !== settings.theme) nativeTheme.themeSource = settings.theme;
    // Linux has no such service; a development run would register the bare runtime.
    if (process.platform === 'linux' || !app.isPackaged || startAtLogin === settings.startAtLogin) return;
    startAtLogin = settings.startAtLogin;
    app.setLoginItemSettings({ openAtLogin: settings.startAtLogin, args: ['--hidden'] });
  };
}

import { app, nativeTheme } from 'electron';
import type { Settings } from '../../shared/settings.ts';

/** Applies the settings that belong to the operating system: theme and start at login. Changes only what differs. */
export function createSystemSettings(): (settings: Settings) => void {
  let startAtLogin: boolean | null = null;
  return (settings) => {
    if (nativeTheme.themeSource !== settings.theme) nativeTheme.themeSource = settings.theme;
    // Linux has no such service; a development run would register the bare runtime.
    if (process.platform === 'linux' || !app.isPackaged || startAtLogin === settings.startAtLogin) return;
    startAtLogin = settings.startAtLogin;
    app.setLoginItemSettings({ openAtLogin: settings.startAtLogin, args: ['--hidden'] });
  };
}

import { directionOf, type LanguageSetting, localeFor, setLocale } from '../../shared/messages/language.ts';
import { text } from '../../shared/messages/text.ts';
import { useApp } from './app-store.ts';

/** Draws the window in the language of the setting; the focus stays on the control that had it. */
export function showLanguage(setting: LanguageSetting): void {
  const locale = localeFor(setting, navigator.languages);
  setLocale(locale);
  document.documentElement.lang = locale;
  document.documentElement.dir = directionOf(locale);
  document.getElementById('overlays')?.setAttribute('aria-label', text('app.pop-ups'));
  if (locale === useApp.getState().locale) return;
  const focused = document.activeElement?.id ?? '';
  useApp.setState({ locale });
  // The window is drawn anew, so what had the focus is another element now.
  if (focused !== '') requestAnimationFrame(() => document.getElementById(focused)?.focus());
}

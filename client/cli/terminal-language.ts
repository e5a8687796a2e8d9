import { localeFor } from '../../shared/messages/language.ts';

/**
 * The locale of what a command says to people: what the terminal’s variables ask for (POSIX: `LC_ALL` before
 * `LC_MESSAGES` before `LANG`), English where that is none of ours. With `--json` always English, as programs know it.
 */
export function terminalLocale(environment: Readonly<Record<string, string | undefined>>, json: boolean): string {
  const wanted = ['LC_ALL', 'LC_MESSAGES', 'LANG'].map((name) => environment[name] ?? '').find((tag) => tag !== '');
  return json || wanted === undefined ? 'en' : localeFor('system', [wanted]);
}

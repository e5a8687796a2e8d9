import { afterEach, expect, test } from 'vitest';
import { updateLine } from '../../shared/app-update-text.ts';
import { setLocale } from '../../shared/messages/language.ts';

afterEach(() => setLocale('en'));

const offer = { version: '1.4.0', notes: { en: '' }, sizeBytes: 1 };
const line = (byItself: boolean, onQuit: boolean): string =>
  updateLine({ state: { status: 'ready', offer, laterUntilMs: null, byItself, onQuit }, checkedAtMs: null });

test('a version that is ready says when it is installed, and that quitting doesn’t where it doesn’t', () => {
  expect(line(true, true)).toContain('when you quit, or now');
  expect(line(true, false)).toContain('not when you quit');
  for (const onQuit of [true, false]) expect(line(false, onQuit)).toContain('when you say so');
  setLocale('de');
  expect(line(true, true)).toContain('wenn Sie Causeway beenden');
  expect(line(true, false)).toContain('beim Beenden nicht');
});

import { expect, test } from 'vitest';
import { shownText, steers, terminalJson, terminalText } from '../../shared/shown-text.ts';

test.each([
  ['Persian, with ZWNJ', 'علی\u200Cرضا میرزایی'],
  ['Sinhala, with ZWJ', 'ශ්\u200Dරී ලංකා'],
  ['Hindi, with ZWJ', 'क्\u200Dष'],
  ['Chinese', '王小明'],
  ['an emoji of several', '👩\u200D💻 team, 🏳️\u200D🌈'],
  ['an emoji with a tone of skin', '👩🏽\u200D🚀'],
  ['French', 'Zoë Müller-Œuvre'],
])('a name in %s stays as it is', (_script, name) => {
  expect(steers(name)).toBe(false);
  expect(shownText(name)).toBe(name);
  expect(terminalText(name)).toBe(name);
  expect(JSON.parse(terminalJson(name))).toBe(name);
});

test.each([
  ['a terminal escape', '\u001b[2J\u001b]0;owned\u0007'],
  ['a C1 control', '\u009b31m'],
  ['a carriage return', 'safe\rfake'],
  ['a backspace', 'ab\b\b'],
  ['DEL', 'a\u007f'],
  ['a turned direction', 'abc\u202Etxt.exe'],
  ['an isolate', '\u2066abc\u2069'],
  ['a zero-width space', 'pay\u200Broll'],
  ['a byte order mark', '\uFEFFname'],
  ['a soft hyphen', 'pay\u00ADroll'],
  ['tags', 'a\u{E0041}\u{E007F}'],
  ['a line separator', 'a\u2028b'],
  ['a ZWJ at the begin', '\u200Dadmin'],
  ['a ZWNJ at the end', 'admin\u200C'],
  ['a ZWJ beside a space', 'a \u200Db'],
])('%s steers, and is shown as something that doesn’t', (_what, text) => {
  expect(steers(text)).toBe(true);
  expect(steers(shownText(text))).toBe(false);
  expect(steers(terminalText(text))).toBe(false);
  const json = terminalJson({ text });
  expect(steers(json)).toBe(false);
  expect(JSON.parse(json)).toEqual({ text });
});

test('our own line ends and tabs stay', () => {
  expect(terminalText('one\n\ttwo')).toBe('one\n\ttwo');
  expect(shownText('one\ntwo')).toBe('one two');
});

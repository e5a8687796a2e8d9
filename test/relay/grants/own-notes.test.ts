import { afterEach, expect, test } from 'vitest';
import { erasedText } from '../../../relay/audit/erased-text.ts';
import { givenUpNote, lockedNote, noteReasons } from '../../../relay/grants/own-notes.ts';
import { setLocale } from '../../../shared/messages/language.ts';
import { noteText } from '../../../shared/note-text.ts';
import { plainReasons } from '../../../shared/plain-reason.ts';

afterEach(() => setLocale('en'));

test.each([
  ['Use the form'],
  ['given up by the person.'],
  ['Given up by the person'],
  ['It is Locked: no'],
  ['Locked'],
  [''],
  [undefined],
])('%j is what somebody wrote, and is shown so', (note) => {
  expect(noteReasons(note)).toBeUndefined();
  setLocale('de');
  expect(noteText(note === undefined ? {} : { note })).toBe(note ?? null);
});

test.each([
  [givenUpNote, 'Selbst zurückgegeben.'],
  [lockedNote('Lost laptop'), 'Gesperrt: Lost laptop'],
  [lockedNote('for\u202Etxt'), 'Gesperrt: for txt'],
  [erasedText, '(gelöscht)'],
])('%j is the relay’s own, and is said in the person’s language', (note, german) => {
  const says = noteReasons(note);
  expect(plainReasons(says ?? [])).toBe(note);
  setLocale('de');
  expect(noteText({ note, noteReasons: says })).toBe(german);
});

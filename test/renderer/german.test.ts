import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { englishLeft, foreignTexts } from '../support/renderer-preview/english-left.ts';
import { named } from '../support/renderer-preview/namings.ts';
import { previewStates } from '../support/renderer-preview/preview-states.ts';
import { sampleDiagnostics } from '../support/renderer-preview/sample-diagnostics.ts';
import { shownTextsOf } from '../support/renderer-preview/shown-texts.ts';
import { type StartedWindow, startPreviewWindow } from '../support/renderer-preview/start-preview-window.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

describe('what finds English', () => {
  const found = (text: string, foreign: readonly string[] = []): readonly string[] =>
    englishLeft({ seen: [text], said: [] }, foreign);

  test.each([
    'The relay is busy',
    'asked of the owners',
    'Connected since noon',
    'You can’t',
    'It ended',
    'until 14:00',
  ])('does in “%s”', (text) => {
    expect(found(text)).toEqual([text]);
  });

  test.each([
    'Fragen Sie die IT, was war',
    'Sign-in und Off-by-one',
    'https://the.example/of/this',
    'Der Status ist on-call',
    'Kein Off-Schalter, so ist das',
  ])('doesn’t in “%s”', (text) => {
    expect(found(text)).toEqual([]);
  });

  test('leaves out what others say, and takes what the relay says by codes', () => {
    const state = {
      api: { name: 'Orders of the day', text: 'Read the orders', rule: 'r' },
      entry: { reason: 'No rule allows this', reasons: [] },
      permission: { text: 'Listen to the events', about: {} },
      problem: { code: 'overloaded', title: 'The relay is busy', hint: 'Try it again', detail: 'It has no room' },
    };
    expect(foreignTexts(state)).toEqual(['Orders of the day', 'Read the orders', 'r', 'overloaded', 'It has no room']);
    expect(found('Orders of the day: it', foreignTexts(state))).toEqual(['…: it']);
    expect(found('No rule allows this', foreignTexts(state))).toHaveLength(1);
  });
});

describe('every screen in German', () => {
  let shown: StartedWindow;

  beforeAll(async () => {
    shown = await startPreviewWindow({ width: 1240, height: 800 });
  });

  afterAll(() => shown.close());

  const states = previewStates(Date.now()).flatMap((state) => {
    const inGerman = state.snapshot === null ? null : named(state, 'german');
    return inGerman === null ? [] : [[state.name, inGerman] as const];
  });

  test('is looked at', () => {
    expect(states.length).toBeGreaterThan(90);
  });

  test.each(states)('%s says nothing in English', async (_name, { state, nameIn }) => {
    await shown.show(state, nameIn);
    const foreign = foreignTexts([state, sampleDiagnostics(Date.now())]);
    expect(englishLeft(await shownTextsOf(shown.page), foreign)).toEqual([]);
  });
});

import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { previewStates } from '../support/renderer-preview/preview-states.ts';
import { sampleDiagnostics } from '../support/renderer-preview/sample-diagnostics.ts';
import { outsideMessages, pseudoLocale, pseudoMessage, pseudoName } from '../support/renderer-preview/pseudo-locale.ts';
import { dataOf, shownTextsOf } from '../support/renderer-preview/shown-texts.ts';
import { type StartedWindow, startPreviewWindow } from '../support/renderer-preview/start-preview-window.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

describe('the pseudo-locale', () => {
  test.each([
    ['Sign in', '⟦Šígñ íñ··⟧'],
    ['{name} left', '⟦{name} léft·⟧'],
    ['{n, plural, one {# day} other {# days}}', '⟦{n,plural,one{# dáý·} other{# dáýš·}}⟧'],
  ])('writes “%s” as %s', (message, pseudo) => {
    expect(pseudoMessage(message)).toBe(pseudo);
  });

  test.each([
    ['⟦Šígñ íñ··⟧', []],
    ['⟦Ášk {Order’s ⟦ówñér⟧} ⟧', []],
    ['Orders, ⟦óñ·⟧ since noon', ['Orders,', 'since noon']],
    ['1,834 ⟦réq/š⟧', []],
  ])('of “%s”, %j is outside of messages', (shown, outside) => {
    expect(outsideMessages(shown)).toEqual(outside);
  });

  test.each([
    ['Sign out alice-desktop', '⟦Šígñ óút·· alice-desktop⟧'],
    ['Orders', 'Orders'],
    [/^Account of Alice/, '⟦Áççóúñt óf···⟧ Alice Example'],
  ])('finds what is called %s in English', (name, shown) => {
    expect(pseudoName(name).test(shown)).toBe(true);
    expect(pseudoName('Sign').test(shown)).toBe(false);
  });
});

/** Names, code and keys, which are the same in every language. */
const sameEverywhere =
  /^(?:Causeway|curl|JavaScript|Python|Go|PowerShell|\.env|Socket|Docker|GET|POST|PUT|PATCH|DELETE|HEAD|http:\/\/127\.0\.0\.1(?::\d+)?)$/;
/** The initials on an API's tile and a person's. */
const initials = /^\p{Lu}[\p{Lu}\p{Ll}\d]?$/u;
const date = /\p{Lu}\p{L}{2} \d{1,2}, \d{4}(?:, [\d:]+\s?[AP]M)?/gu;

/** What stands on the page and comes neither from a message nor from the state. */
async function untranslated(page: Page, data: string): Promise<readonly string[]> {
  const { seen, said } = await shownTextsOf(page);
  // A message may hold elements, so that its brackets stand in different nodes.
  const outside = [seen.join('\n'), ...said]
    .flatMap((shown) => outsideMessages(shown.replaceAll(date, '')))
    .flatMap((part) => part.split(', '))
    .map((part) => part.replace(/^[\s,;:“”()·–-]+|^\.\s+|[\s,.;:“”()·–-]+$/gu, ''))
    .filter((part) => part !== '' && !sameEverywhere.test(part) && !initials.test(part) && !data.includes(part));
  return [...new Set(outside)];
}

describe('every screen in the pseudo-locale', () => {
  let shown: StartedWindow;

  beforeAll(async () => {
    shown = await startPreviewWindow({ width: 1240, height: 800 }, [pseudoLocale()]);
  });

  afterAll(() => shown.close());

  // What the hops found comes from the client, as the relay's and the provider's words do.
  const hops = sampleDiagnostics(Date.now());
  const states = previewStates(Date.now()).filter(
    ({ name }) => !/^long-names|^apis-(?:200|large)|^api-page-(?:moved|socket|docker|draining)|-german$/.test(name),
  );
  test.each(states.map((state) => [state.name, state] as const))('%s says nothing of its own', async (_name, state) => {
    await shown.show(state, pseudoName);
    const data = dataOf([state.snapshot, state.activity, state.sessions, state.failing, hops]).join('\n');
    await expect.poll(() => untranslated(shown.page, data)).toEqual([]);
    expect(shown.complaints).toEqual([]);
  });
});

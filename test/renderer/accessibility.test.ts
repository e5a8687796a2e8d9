import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { axeFindings } from '../support/looks/axe-in-page.ts';
import { contrastFaults } from '../support/looks/contrast-faults.ts';
import { layoutFaults } from '../support/looks/layout-faults.ts';
import { lookStates } from '../support/renderer-preview/look-states.ts';
import { named, namings } from '../support/renderer-preview/namings.ts';
import { colours, type Look, sizes } from '../support/renderer-preview/preview-window.ts';
import { type StartedWindow, startPreviewWindow } from '../support/renderer-preview/start-preview-window.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

let shown: StartedWindow;

beforeAll(async () => {
  shown = await startPreviewWindow();
});

afterAll(() => shown.close());

const states = lookStates(Date.now()).map((state) => [state.name, state] as const);

/**
 * Every size from the left, the narrowest and a middle one from the right, too, and the system's own colours once. In the
 * order that changes the size least often, from the narrowest on: that is what takes time.
 */
const looks: readonly Look[] = [
  sizes[440],
  { ...sizes[440], direction: 'rtl' },
  { ...sizes[960], direction: 'rtl' },
  sizes[960],
  sizes[1440],
  sizes['200%'],
];

/** Rules of axe-core whose outcome hangs on the room there is; all others say the same in every look. */
const roomRules = ['target-size', 'scrollable-region-focusable', 'link-in-text-block'];

/** What is wrong in a look of the state that shows: nothing once everything has come to rest. */
async function expectNoFaults(look: Look, longNames: boolean, withContrast = false): Promise<void> {
  await shown.look(look);
  const faults = async (): Promise<readonly string[]> => [
    ...(await shown.page.evaluate(layoutFaults, { longNames })),
    ...(withContrast ? await shown.page.evaluate(contrastFaults) : []),
  ];
  await expect.poll(faults, { timeout: 30_000, message: JSON.stringify(look) }).toEqual([]);
}

describe('every state of every screen', () => {
  test.each(states)('%s: axe-core finds nothing and nothing is cut, hidden or covered', async (name, state) => {
    const longNames = name.startsWith('long-names');
    await shown.look({ width: 1240, height: 800 });
    await shown.show(state);
    await expect.poll(() => axeFindings(shown.page, 'all')).toEqual([]);
    await expectNoFaults({ width: 760, height: 900, ...colours.dark }, longNames, true);
    await expect.poll(() => axeFindings(shown.page, roomRules)).toEqual([]);
    await expectNoFaults({ ...sizes[440], ...colours.forced }, longNames, true);
    for (const look of looks) await expectNoFaults(look, longNames);
    expect(shown.complaints).toEqual([]);
  });
});

/** One state of each screen, for the sample of the matrix that `npm run picture-matrix` goes through as a whole. */
const sample = new Set([
  'apis-guarded',
  'apis-mixed',
  'api-page-guarded',
  'api-page-requestable',
  'reconnecting',
  'activity-request',
  'access-requests',
  'access-search',
  'sessions',
  'sessions-several',
  'settings',
  'diagnostics-report',
  'requests-approve',
  'notices',
  'sign-in-problem',
  'palette',
]);

describe.each(namings.filter((naming) => naming !== 'normal'))('filled otherwise (%s)', (naming) => {
  const filled = states.flatMap(([name, state]) => {
    const other = sample.has(name) ? named(state, naming) : null;
    return other === null ? [] : [[name, other] as const];
  });
  test.each(filled)('%s: nothing is cut, hidden, covered or hard to read', async (_name, { state, nameIn }) => {
    await shown.look(sizes[1440]);
    await shown.show(state, nameIn);
    await expectNoFaults({ ...sizes[440], ...colours.dark }, false, true);
    await expectNoFaults({ ...sizes['200%'], ...colours.forced }, false, true);
    expect(shown.complaints).toEqual([]);
  });
});

test('what can hardly be read is found in every kind of colour', async () => {
  const at = async (style: string): Promise<readonly string[]> => {
    await shown.page.evaluate((css) => {
      const bad = document.createElement('p');
      bad.id = 'bad';
      bad.textContent = 'Hard to read';
      for (const [name, value] of new URLSearchParams(css)) bad.style.setProperty(name, value);
      document.querySelector('#bad')?.remove();
      document.body.append(bad);
    }, style);
    return await shown.page.evaluate(contrastFaults);
  };
  await shown.look(sizes[1440]);
  const bad = ['color=%23999&background=white', 'color=oklch(60%25 0 0)&background=%23888', 'color=rgb(0 0 0 / 30%25)'];
  for (const style of bad) expect(await at(style), style).toHaveLength(1);
  for (const style of ['color=black&background=white', 'color=%23888&background=white&font-size=24px'])
    expect(await at(style), style).toEqual([]);
  await shown.page.evaluate(() => document.querySelector('#bad')?.remove());
});

test.each([
  ['that takes the pointer', ''],
  ['that takes no pointer', 'pointer-events: none'],
])('a text %s and lies below something is judged by its own ground, not by what covers it', async (_what, more) => {
  await shown.look(sizes[1440]);
  const at = async (ground: string, colour: string, cover: string): Promise<readonly string[]> => {
    await shown.page.evaluate(
      (styles) => {
        // The page's policy refuses style attributes in markup.
        const styled = (css: string): HTMLElement => {
          const element = document.createElement('div');
          element.style.cssText = css;
          return element;
        };
        const [below, box] = [styled(styles.below), styled(styles.box)];
        const [lies, words, above] = [styled(styles.lies), styled(styles.words), styled(styles.above)];
        words.textContent = 'Covered words';
        box.append(lies, words);
        const host = document.createElement('div');
        host.id = 'covered';
        host.append(below, box, above);
        document.body.append(host);
      },
      {
        below: 'position: fixed; inset: 0; z-index: 900; background: white',
        box: 'position: fixed; top: 0; width: 200px; height: 40px; z-index: 901',
        lies: `position: absolute; inset: 0; background: ${ground}`,
        words: `position: absolute; inset: 0; color: ${colour}; ${more}`,
        above: `position: fixed; inset: 0; z-index: 902; background: ${cover}`,
      },
    );
    const faults = await shown.page.evaluate(contrastFaults);
    await shown.page.evaluate(() => document.querySelector('#covered')?.remove());
    return faults.filter((fault) => fault.includes('Covered words'));
  };
  for (const cover of ['black', 'white', '#808080']) {
    expect(await at('white', 'black', cover), cover).toEqual([]);
    expect(await at('black', 'white', cover), cover).toEqual([]);
    expect(await at('#eee', 'white', cover), cover).toHaveLength(1);
    expect(await at('black', '#222', cover), cover).toHaveLength(1);
  }
});

/** The main screens, and a part of each that is there once it is complete. */
const heard = ['sign-in-first-run', 'apis', 'api-page', 'activity', 'access', 'sessions', 'requests', 'diagnostics'];

/** Lines of what was kept that aren't there any more, in this order; what came in between is none. */
function lost(kept: readonly string[], now: readonly string[]): readonly string[] {
  let from = 0;
  return kept.filter((line) => {
    const found = now.indexOf(line, from);
    if (found !== -1) from = found + 1;
    return found === -1;
  });
}

test.each(heard)(
  'all that a screen reader was told of %s it still is; a tree that is deleted is kept anew',
  async (name) => {
    const state = states.find(([each]) => each === name)?.[1];
    if (state === undefined) throw new Error(`There is no state ${name}`);
    await shown.look(sizes[1440]);
    await shown.show(state);
    const tree = await shown.page.getByRole('main').ariaSnapshot();
    // Times and numbers of the sample go on.
    const still = tree
      .replaceAll(/\b(?:just now|in (?:less than )?[\d.]+ \w+|[\d.]+ \w+ ago|yesterday|tomorrow)\b/g, 'WHEN')
      .replaceAll(/\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (?=\d)/g, 'MONTH ')
      .replaceAll(/(?<!level=)\d[\d.,:]*(?:\s[AP]M)?/g, '#');
    const path = new URL(`accessibility-trees/${name}.txt`, import.meta.url);
    if (!existsSync(path)) writeFileSync(path, `${still}\n`);
    expect(lost(readFileSync(path, 'utf8').trimEnd().split('\n'), still.split('\n'))).toEqual([]);
  },
);

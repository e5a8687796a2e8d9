import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { contrastFaults } from './support/looks/contrast-faults.ts';
import { layoutFaults } from './support/looks/layout-faults.ts';
import { lookStates } from './support/renderer-preview/look-states.ts';
import { named, namings } from './support/renderer-preview/namings.ts';
import { launchChromium } from './support/renderer-preview/open-preview.ts';
import { colours, openPreviewWindow, sizes } from './support/renderer-preview/preview-window.ts';
import { entryForLooks, serveRenderer } from './support/renderer-preview/serve-renderer.ts';

// Every state of every screen, in every colouring, size and filling: a picture each, and what a program finds wrong.
// npm run picture-matrix [-- FOLDER --state NAME --naming german --colours forced --size 440 --without-pictures]
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    state: { type: 'string', multiple: true },
    naming: { type: 'string', multiple: true },
    colours: { type: 'string', multiple: true },
    size: { type: 'string', multiple: true },
    'without-pictures': { type: 'boolean', default: false },
  },
});
const folder = positionals[0] ?? join(tmpdir(), 'causeway-pictures');
const wanted = (list: readonly string[] | undefined, name: string): boolean =>
  list === undefined || list.includes(name);

await mkdir(folder, { recursive: true });
const [renderer, browser] = await Promise.all([serveRenderer([entryForLooks]), launchChromium()]);
const found: string[] = [];
let looks = 0;
try {
  const shown = await openPreviewWindow(browser, renderer.url);
  for (const naming of namings.filter((each) => wanted(values.naming, each))) {
    for (const state of lookStates(Date.now()).filter(({ name }) => wanted(values.state, name))) {
      const filled = named(state, naming);
      if (filled === null) continue;
      await shown.look({ width: 1440, height: 900 });
      await shown.show(filled.state, filled.nameIn).catch((error: unknown) => {
        found.push(`${naming} ${state.name}: can’t be reached: ${String(error).split('\n')[0]}`);
      });
      for (const [colour, colouring] of Object.entries(colours)) {
        if (!wanted(values.colours, colour)) continue;
        for (const [size, bounds] of Object.entries(sizes)) {
          if (!wanted(values.size, size)) continue;
          await shown.look({ ...bounds, ...colouring });
          looks += 1;
          const name = `${state.name}-${naming}-${colour}-${size}`;
          const allowance = { longNames: state.name.startsWith('long-names') };
          const look = async () => [
            ...(await shown.page.evaluate(layoutFaults, allowance)),
            ...(await shown.page.evaluate(contrastFaults)),
          ];
          // What is on its way to its place or colour is looked at once more when it has come to rest.
          let faults = await look();
          for (let round = 0; round < 5 && faults.length > 0; round += 1) {
            await shown.look({ ...bounds, ...colouring });
            faults = await look();
          }
          found.push(...[...faults, ...shown.complaints].map((fault) => `${name}: ${fault}`));
          if (!values['without-pictures'])
            await shown.page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled', caret: 'hide' });
        }
      }
    }
  }
} finally {
  await browser.close();
  await renderer.close();
}
await writeFile(join(folder, 'faults.txt'), found.map((line) => `${line}\n`).join(''));
for (const line of found) process.stderr.write(`${line}\n`);
process.stdout.write(`${looks} looks, ${found.length} faults: ${folder}\n`);
process.exitCode = found.length === 0 ? 0 : 1;

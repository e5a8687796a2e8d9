import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { consoleStates } from './support/console-preview/console-states.ts';
import { openConsole } from './support/console-preview/open-console.ts';
import { serveConsole } from './support/console-preview/serve-console.ts';
import { launchChromium } from './support/renderer-preview/open-preview.ts';

// Pictures of the console’s pages for docs/console.md: node build/bootstrap.mjs test/console-screenshots.ts [FOLDER]
const folder = process.argv[2] ?? fileURLToPath(new URL('../docs/images', import.meta.url));
const size = { width: 1280, height: 800 };

await mkdir(folder, { recursive: true });
const served = await serveConsole();
const browser = await launchChromium();
try {
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({ colorScheme, viewport: size, reducedMotion: 'reduce' });
    for (const { name, path, answers, shows, steps = [], picture = false } of consoleStates(Date.now())) {
      if (!picture) continue;
      const { page } = await openConsole(context, new URL(path, served.url).href, answers);
      for (const { role, name: label } of steps)
        await page.getByRole(role, { name: label, exact: true }).first().click();
      await page.getByText(shows).first().waitFor({ state: 'attached' });
      for (const figure of await page.locator('figure').all()) await figure.locator('canvas').waitFor();
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      await page.screenshot({ path: join(folder, `console-${name}-${colorScheme}.png`), animations: 'disabled' });
      await page.close();
    }
    await context.close();
  }
} finally {
  await browser.close();
  await served.close();
}
process.stdout.write(`${folder}\n`);

import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchChromium } from '../renderer-preview/open-preview.ts';
import { consoleStates } from './console-states.ts';
import { openConsole } from './open-console.ts';
import { serveConsole } from './serve-console.ts';

// Pictures of every state of every page: node test/support/console-preview/screenshots.ts [FOLDER] [NAME …]
const [folder = join(tmpdir(), 'causeway-console-preview'), ...names] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const served = await serveConsole();
const browser = await launchChromium();
try {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [width, height] of [
      [1440, 900],
      [720, 900],
      [360, 780],
    ] as const) {
      const context = await browser.newContext({ colorScheme, viewport: { width, height }, reducedMotion: 'reduce' });
      for (const { name, path, answers, shows, steps = [] } of consoleStates(Date.now())) {
        if (names.length > 0 && !names.includes(name)) continue;
        const { page, complaints } = await openConsole(context, new URL(path, served.url).href, answers);
        for (const step of steps) await page.getByRole(step.role, { name: step.name, exact: true }).first().click();
        await page.getByText(shows).first().waitFor({ state: 'attached' });
        if ((await page.locator('figure').count()) > 0) await page.locator('figure canvas').first().waitFor();
        await page.waitForTimeout(300);
        await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`) });
        if (complaints.length > 0) process.stderr.write(`${name}: ${complaints.join('; ')}\n`);
        await page.close();
      }
      await context.close();
    }
  }
} finally {
  await browser.close();
  await served.close();
}
process.stdout.write(`${folder}\n`);

import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchChromium, openPreview } from './open-preview.ts';
import { previewStates } from './preview-states.ts';
import { serveRenderer } from './serve-renderer.ts';

// Pictures of every state of every screen: node test/support/renderer-preview/screenshots.ts [FOLDER] [NAME …]
const [folder = join(tmpdir(), 'causeway-preview'), ...names] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const renderer = await serveRenderer();
const browser = await launchChromium();
try {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [width, height] of [
      [1240, 800],
      [760, 900],
      [440, 900],
    ] as const) {
      const context = await browser.newContext({ colorScheme, viewport: { width, height }, reducedMotion: 'reduce' });
      for (const state of previewStates(Date.now())) {
        if (names.length > 0 && !names.includes(state.name)) continue;
        const { page, complaints } = await openPreview(context, renderer.url, state);
        await page.evaluate(() =>
          Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined))),
        );
        await page.screenshot({ path: join(folder, `${state.name}-${colorScheme}-${width}.png`) });
        if (complaints.length > 0) process.stderr.write(`${state.name}: ${complaints.join('; ')}\n`);
        await page.close();
      }
      await context.close();
    }
  }
} finally {
  await browser.close();
  await renderer.close();
}
process.stdout.write(`${folder}\n`);

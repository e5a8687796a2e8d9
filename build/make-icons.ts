import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright';
import { findBrowser } from '../test/support/find-browser.ts';

// Draws every icon from one mark: `node build/make-icons.ts`. The results are committed, so that a build needs no browser.
const icons = fileURLToPath(new URL('icons/', import.meta.url));
const appSizes = [16, 32, 48, 64, 128, 256, 512, 1024] as const;
const trayStates = {
  'signed-out': { bridge: '#8a93a3', mark: null },
  idle: { bridge: '#3d6bf5', mark: null },
  connected: { bridge: '#3d6bf5', mark: '#1f9d57' },
  reconnecting: { bridge: '#3d6bf5', mark: '#d98a00' },
  attention: { bridge: '#3d6bf5', mark: '#d92d2d' },
} as const;

/** The causeway on its arches, in 64 units; the same as in the window and in `icons/app.svg`. */
const arches =
  'M9 22a2 2 0 0 1 2-2h42a2 2 0 0 1 2 2v4a2 2 0 0 1-2 2v13h-5a7 7 0 0 0-14 0h-4a7 7 0 0 0-14 0h-5V28a2 2 0 0 1-2-2z';

/** The mark in 16 units; the state is told by shape as well as by colour. */
function traySvg(state: keyof typeof trayStates, template: boolean): string {
  const { bridge, mark } = trayStates[state];
  const stroke = template ? '#000' : bridge;
  const fill = template ? '#000' : (mark ?? bridge);
  const marks = {
    'signed-out': `<path d="M3 14.5 13 2.5" stroke="${stroke}" stroke-width="1.6"/>`,
    idle: '',
    connected: `<circle cx="12.6" cy="4" r="2.9" fill="${fill}"/>`,
    reconnecting: `<circle cx="12.6" cy="4" r="2.2" fill="none" stroke="${fill}" stroke-width="1.7" stroke-dasharray="9 5"/>`,
    attention: `<path d="M12.6 1v3.6M12.6 6.9v.1" stroke="${fill}" stroke-width="2.1"/>`,
  } as const;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" stroke-linecap="round">
    <g transform="translate(-2 2) scale(0.3125 0.27)"><path d="${arches}" fill="${stroke}"/></g>
    <path d="M2 14.6h12" stroke="${stroke}" stroke-width="1.3"/>${marks[state]}</svg>`;
}

async function draw(browser: Browser, svg: string, size: number): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>*{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`);
  const png = await page.screenshot({ omitBackground: true });
  await page.close();
  return png;
}

/** Windows icon: a directory of PNG images (the format since Windows Vista). */
function ico(images: readonly { readonly size: number; readonly png: Buffer }[]): Buffer {
  const head = Buffer.alloc(6 + 16 * images.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(images.length, 4);
  let offset = head.length;
  images.forEach(({ size, png }, index) => {
    const at = 6 + 16 * index;
    head.writeUInt8(size % 256, at);
    head.writeUInt8(size % 256, at + 1);
    head.writeUInt16LE(1, at + 4);
    head.writeUInt16LE(32, at + 6);
    head.writeUInt32LE(png.length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += png.length;
  });
  return Buffer.concat([head, ...images.map(({ png }) => png)]);
}

/** macOS icon: typed PNG chunks, each with its length. */
function icns(images: readonly { readonly type: string; readonly png: Buffer }[]): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const head = Buffer.alloc(8);
    head.write(type, 'latin1');
    head.writeUInt32BE(data.length + 8, 4);
    return Buffer.concat([head, data]);
  };
  return chunk('icns', Buffer.concat(images.map(({ type, png }) => chunk(type, png))));
}

const browser = await chromium.launch(findBrowser());
try {
  await mkdir(`${icons}public/icons`, { recursive: true });
  const appSvg = await readFile(`${icons}app.svg`, 'utf8');
  const drawn = new Map<number, Buffer>();
  for (const size of appSizes) drawn.set(size, await draw(browser, appSvg, size));
  const png = (size: (typeof appSizes)[number]): Buffer => drawn.get(size) ?? Buffer.alloc(0);
  for (const size of appSizes) await writeFile(`${icons}${size}x${size}.png`, png(size));
  await writeFile(`${icons}icon.png`, png(1024));
  const icoSizes = [16, 32, 48, 64, 128, 256] as const;
  await writeFile(`${icons}icon.ico`, ico(icoSizes.map((size) => ({ size, png: png(size) }))));
  await writeFile(
    `${icons}icon.icns`,
    icns([
      { type: 'ic11', png: png(32) },
      { type: 'ic12', png: png(64) },
      { type: 'ic07', png: png(128) },
      { type: 'ic08', png: png(256) },
      { type: 'ic09', png: png(512) },
      { type: 'ic10', png: png(1024) },
    ]),
  );
  for (const state of Object.keys(trayStates) as (keyof typeof trayStates)[]) {
    for (const [suffix, size] of [
      ['', 16],
      ['@2x', 32],
    ] as const) {
      await writeFile(
        `${icons}public/icons/tray-${state}${suffix}.png`,
        await draw(browser, traySvg(state, false), size),
      );
      await writeFile(
        `${icons}public/icons/tray-${state}-Template${suffix}.png`,
        await draw(browser, traySvg(state, true), size),
      );
    }
  }
} finally {
  await browser.close();
}
console.log('Icons drawn.');

import type { Browser, Locator, Page } from 'playwright';

/** What can be seen of a control, as the screen shows it. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue and alpha of each pixel, row by row. */
  readonly data: readonly number[];
}

/** Takes pictures of parts of pages and reads their pixels; a page of its own decodes them. */
export interface PictureReader {
  read(control: Locator): Promise<Picture>;
}

export async function openPictureReader(browser: Browser): Promise<PictureReader> {
  const decoder: Page = await browser.newPage();
  return {
    async read(control) {
      const png = await control.screenshot({ animations: 'disabled' });
      return await decoder.evaluate(async (base64) => {
        const image = new Image();
        image.src = `data:image/png;base64,${base64}`;
        await image.decode();
        const canvas = new OffscreenCanvas(image.width, image.height);
        const drawing = canvas.getContext('2d');
        if (drawing === null) throw new Error('There is no canvas.');
        drawing.drawImage(image, 0, 0);
        const { data } = drawing.getImageData(0, 0, image.width, image.height);
        return { width: image.width, height: image.height, data: [...data] };
      }, png.toString('base64'));
    },
  };
}

/** The largest contrast of two pixels of a picture (WCAG 2.2, contrast ratio): what is drawn there, against its ground. */
export function contrastWithin({ data }: Picture): number {
  let [darkest, lightest] = [1, 0];
  for (let at = 0; at < data.length; at += 4) {
    const luminance = luminanceOf(data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0);
    darkest = Math.min(darkest, luminance);
    lightest = Math.max(lightest, luminance);
  }
  return (lightest + 0.05) / (darkest + 0.05);
}

/** The part of the pixels, 0 to 1, whose contrast from one picture to the other is at least 3:1. */
export function clearlyChanged(one: Picture, other: Picture): number {
  const pixels = Math.min(one.data.length, other.data.length) / 4;
  let changed = 0;
  for (let at = 0; at < pixels * 4; at += 4) {
    const [a, b] = [one, other].map(({ data }) => luminanceOf(data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0)) as [
      number,
      number,
    ];
    if ((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) >= 3) changed += 1;
  }
  return changed / pixels;
}

function luminanceOf(red: number, green: number, blue: number): number {
  const [r, g, b] = [red, green, blue].map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { colourDot } from '../../electron/colour-dot.ts';
import { lookColors } from '../../shared/look.ts';

test('a spot in the tray has the colour that the window’s tiles have', async () => {
  const theme = await readFile(new URL('../../ui/theme.css', import.meta.url), 'utf8');
  for (const [index, color] of lookColors.entries()) {
    const { pixels, size } = colourDot(color);
    const middle = (Math.floor(size / 2) * size + Math.floor(size / 2)) * 4;
    const [blue, green, red, opacity] = pixels.subarray(middle, middle + 4);
    const hex = Buffer.from([red ?? 0, green ?? 0, blue ?? 0]).toString('hex');
    expect([theme.includes(`--color-tile-${index}: #${hex};`), opacity], color).toEqual([true, 255]);
    // Around it the menu shows.
    expect(pixels.subarray(0, 4)).toEqual(Buffer.alloc(4));
  }
});

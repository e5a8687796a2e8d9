import type { LookColor } from '../shared/look.ts';

/** As in `ui/theme.css`. */
const values: Readonly<Record<LookColor, string>> = {
  blue: '2f5bea',
  teal: '0b7d72',
  purple: '8243cf',
  orange: 'b54d12',
  green: '3c7a2e',
  pink: 'b4326b',
  cyan: '19749c',
  indigo: '5b5fc7',
};

const size = 16;
const radius = 5;

/** A round spot of a colour, for a menu; four bytes a pixel in the order blue, green, red, opacity. */
export function colourDot(color: LookColor): { readonly pixels: Buffer; readonly size: number } {
  const [red = 0, green = 0, blue = 0] = Buffer.from(values[color], 'hex');
  const pixels = Buffer.alloc(size * size * 4);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const away = Math.hypot(x - (size - 1) / 2, y - (size - 1) / 2);
      const opacity = Math.max(0, Math.min(1, radius + 0.5 - away));
      // The colours are multiplied by the opacity, as Chromium wants bitmaps.
      const part = [blue, green, red, 255].map((value) => Math.round(value * opacity));
      pixels.set(part, (y * size + x) * 4);
    }
  }
  return { pixels, size };
}

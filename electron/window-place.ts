import { z } from 'zod';

const rectangle = z.object({ x: z.int(), y: z.int(), width: z.int(), height: z.int() });
export type Rectangle = z.infer<typeof rectangle>;

/** Size and place of the window as it was left, in device-independent pixels. */
export const windowPlaceSchema = rectangle.extend({ maximized: z.boolean() });
export type WindowPlace = z.infer<typeof windowPlaceSchema>;

export const minimumSize = { width: 720, height: 560 } as const;
const defaultSize = { width: 1240, height: 800 } as const;

export type Placement =
  | { readonly status: 'remembered'; readonly bounds: Rectangle; readonly maximized: boolean }
  | { readonly status: 'default'; readonly width: number; readonly height: number };

/** Where the window opens: where it was left if that is still on a screen, else centred at its first size. */
export function placeWindow(remembered: unknown, workAreas: readonly Rectangle[]): Placement {
  const parsed = windowPlaceSchema.safeParse(remembered);
  if (!parsed.success) return { status: 'default', ...defaultSize };
  const { maximized, ...bounds } = parsed.data;
  const area = workAreas.find((candidate) => overlap(candidate, bounds) >= 0.3);
  if (area === undefined) return { status: 'default', ...defaultSize };
  const width = Math.max(minimumSize.width, Math.min(bounds.width, area.width));
  const height = Math.max(minimumSize.height, Math.min(bounds.height, area.height));
  return { status: 'remembered', bounds: { x: bounds.x, y: bounds.y, width, height }, maximized };
}

/** Part of the window, 0 to 1, that lies within a screen's work area. */
function overlap(area: Rectangle, bounds: Rectangle): number {
  const width = Math.min(area.x + area.width, bounds.x + bounds.width) - Math.max(area.x, bounds.x);
  const height = Math.min(area.y + area.height, bounds.y + bounds.height) - Math.max(area.y, bounds.y);
  const size = bounds.width * bounds.height;
  return width <= 0 || height <= 0 || size <= 0 ? 0 : (width * height) / size;
}

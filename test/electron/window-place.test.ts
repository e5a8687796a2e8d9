import { describe, expect, test } from 'vitest';
import { placeWindow } from '../../electron/window-place.ts';

const screens = [
  { x: 0, y: 0, width: 1920, height: 1040 },
  { x: 1920, y: 0, width: 1280, height: 1024 },
];
const left = { x: 100, y: 80, width: 1000, height: 700, maximized: false };

describe('where the window opens', () => {
  test.each([
    ['nothing', undefined],
    ['no object', 'here'],
    ['a missing side', { x: 1, y: 1, width: 800 }],
    ['fractions', { ...left, x: 0.5 }],
    ['a place on a screen that has gone', { ...left, x: 5_000 }],
    ['a place mostly off the screen', { ...left, x: -900, y: 900 }],
    ['no size', { ...left, width: 0 }],
  ])('with %s remembered it is the first size', (_name, remembered) => {
    expect(placeWindow(remembered, screens)).toEqual({ status: 'default', width: 1240, height: 800 });
  });

  test('a place on the second screen is kept', () => {
    expect(placeWindow({ ...left, x: 2_000 }, screens)).toMatchObject({ status: 'remembered', bounds: { x: 2_000 } });
  });

  test('a window larger than its screen shrinks to it, a tiny one grows to the least size', () => {
    expect(
      placeWindow({ ...left, width: 9_000, height: 700, x: 0 }, [{ x: 0, y: 0, width: 9_000, height: 600 }]),
    ).toMatchObject({ bounds: { width: 9_000, height: 600 } });
    expect(placeWindow({ ...left, width: 200, height: 100 }, screens)).toMatchObject({
      bounds: { width: 720, height: 560 },
    });
  });
});

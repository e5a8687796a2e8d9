/**
 * Texts that can hardly be read on their ground, one line each (WCAG 2.2, 1.4.3: 4.5:1, large ones 3:1). Runs in the page,
 * so it uses nothing from outside itself. The ground is that of the elements around the text, or below it where it is placed freely; pictures have none.
 */
export function contrastFaults(): string[] {
  type Colour = readonly [number, number, number, number];
  const drawing = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  if (drawing === null) throw new Error('There is no canvas.');
  const known = new Map<string, Colour>();
  const read = (css: string): Colour => {
    const before = known.get(css);
    if (before !== undefined) return before;
    drawing.clearRect(0, 0, 1, 1);
    drawing.fillStyle = css;
    drawing.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0, alpha = 0] = drawing.getImageData(0, 0, 1, 1).data;
    const colour: Colour = [red, green, blue, alpha / 255];
    known.set(css, colour);
    return colour;
  };
  const over = (top: Colour, below: Colour): Colour => {
    const part = (index: 0 | 1 | 2): number => top[index] * top[3] + below[index] * (1 - top[3]);
    return [part(0), part(1), part(2), 1];
  };
  const luminance = ([red, green, blue]: Colour): number => {
    const linear = (value: number): number => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  };
  const grounds = new Map<Element, Colour>();
  const groundOf = (element: Element | null): Colour => {
    if (element === null) return over(read(getComputedStyle(document.body).backgroundColor), [255, 255, 255, 1]);
    const before = grounds.get(element);
    if (before !== undefined) return before;
    const own = read(getComputedStyle(element).backgroundColor);
    const ground = own[3] === 1 ? own : over(own, groundOf(below(element)));
    grounds.set(element, ground);
    return ground;
  };
  /** What an element lies on: its parent, or whatever is drawn beneath where it is placed freely; never what covers it. */
  const below = (element: Element): Element | null => {
    if (!/absolute|fixed/.test(getComputedStyle(element).position)) return element.parentElement;
    const { left, top, width, height } = element.getBoundingClientRect();
    const stack = document.elementsFromPoint(left + width / 2, top + height / 2);
    const place = stack.findLastIndex((each) => element.contains(each));
    const under = place < 0 ? [] : stack.slice(place + 1);
    return under.find((each) => !each.contains(element)) ?? element.parentElement;
  };
  /** For screen readers alone: a box of a pixel that shows nothing of what is in it. */
  const unseen = new Map<Element | null, boolean>([[null, false]]);
  const isUnseen = (element: Element | null): boolean => {
    const before = unseen.get(element);
    if (before !== undefined || element === null) return before ?? false;
    const { width, height } = element.getBoundingClientRect();
    const hides = (width <= 1 || height <= 1) && getComputedStyle(element).overflow !== 'visible';
    const is = hides || isUnseen(element.parentElement);
    unseen.set(element, is);
    return is;
  };
  const isExempt = (element: Element): boolean =>
    element.closest('[inert], svg, :disabled, [aria-disabled="true"]') !== null ||
    !element.checkVisibility({ visibilityProperty: true, opacityProperty: true, contentVisibilityAuto: true }) ||
    isUnseen(element);

  // What takes no pointer, such as a window behind a dialog, has its place in the stack all the same.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('* { pointer-events: auto !important }');
  document.adoptedStyleSheets.push(sheet);

  const faults: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const { parentElement: element, nodeValue } = node;
    if (element === null || nodeValue === null || nodeValue.trim() === '' || isExempt(element)) continue;
    const { color, fontSize, fontWeight } = getComputedStyle(element);
    const size = Number.parseFloat(fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700);
    const ground = groundOf(element);
    const [one, other] = [luminance(over(read(color), ground)), luminance(ground)];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    // Two decimals, as the criterion is commonly read.
    if (Math.round(ratio * 100) / 100 < (isLarge ? 3 : 4.5))
      faults.push(`“${nodeValue.trim().slice(0, 40)}” has a contrast of ${ratio.toFixed(2)}`);
  }
  document.adoptedStyleSheets.pop();
  return [...new Set(faults)];
}

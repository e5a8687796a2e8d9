/** What may be different in a state on purpose. */
export interface LayoutAllowance {
  /** Names are longer than any window: they may be cut, but not before their badges are gone. */
  readonly longNames: boolean;
}

/**
 * Faults of layout that a person would see, one line each. Runs in the page, so it uses nothing from outside itself:
 * what sticks out of the window or scrolls sideways, names that are cut, text that is cut without saying so, controls
 * that something else covers or that reach into each other.
 */
export function layoutFaults({ longNames }: LayoutAllowance): string[] {
  const faults: string[] = [];
  const root = document.documentElement;
  const all = [...document.querySelectorAll<HTMLElement>('#root *, #overlays *')];
  const told = (element: Element): string => {
    const name = element.getAttribute('aria-label') ?? element.textContent ?? '';
    return `${element.tagName.toLowerCase()} “${name.trim().replace(/\s+/g, ' ').slice(0, 40)}”`;
  };
  /** What is read of an element once: most have hundreds below them that would ask again. */
  const once = <Value>(read: (element: Element) => Value): ((element: Element) => Value) => {
    const known = new Map<Element, Value>();
    return (element) => {
      const before = known.get(element);
      if (before !== undefined) return before;
      const value = read(element);
      known.set(element, value);
      return value;
    };
  };
  const boxOf = once((element) => element.getBoundingClientRect());
  const clips = once((element) => getComputedStyle(element).overflow !== 'visible');
  const clipsSideways = once((element) => getComputedStyle(element).overflowX !== 'visible');
  const isHidden = once(
    (element) =>
      element.closest('.sr-only, [inert], svg *') !== null ||
      !element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }),
  );
  const isClipped = once((element) => {
    const box = boxOf(element);
    for (let at = element.parentElement; at !== null && at !== document.body; at = at.parentElement) {
      if (!clips(at)) continue;
      const clip = boxOf(at);
      const out = box.bottom <= clip.top + 1 || box.top >= clip.bottom - 1;
      if (out || box.right <= clip.left + 1 || box.left >= clip.right - 1) return true;
    }
    return box.width <= 1 || box.height <= 1;
  });

  const scrolls = once((element) => /auto|scroll/.test(getComputedStyle(element).overflowY));
  /** Whether this height of an element is beyond the edge of a list that scrolls there. */
  const isScrolledAway = (element: Element, y: number): boolean => {
    for (let at = element.parentElement; at !== null && at !== document.body; at = at.parentElement)
      if (scrolls(at) && (y < boxOf(at).top || y > boxOf(at).bottom)) return true;
    return false;
  };

  const shownPart = (element: Element) => {
    const { width, height } = boxOf(element);
    let { left, right } = boxOf(element);
    for (let at = element.parentElement; at !== null && at !== document.body; at = at.parentElement) {
      if (!clipsSideways(at)) continue;
      const clip = boxOf(at);
      [left, right] = [Math.max(left, clip.left), Math.min(right, clip.right)];
    }
    return { left, right, width, height };
  };

  if (root.scrollWidth > root.clientWidth)
    faults.push(`the page is ${root.scrollWidth - root.clientWidth} px too wide`);
  for (const element of all) {
    if (isHidden(element)) continue;
    const style = getComputedStyle(element);
    const { left, right, width, height } = shownPart(element);
    const inDetails = element.closest('[role="grid"], [data-scrolls-sideways]') !== null;
    if (width > 1 && height > 1 && !inDetails && (right > root.clientWidth + 1 || left < -1) && !isClipped(element))
      faults.push(`${told(element)} sticks out of the window`);
    if (/auto|scroll/.test(style.overflowX) && element.scrollWidth > element.clientWidth && !inDetails)
      faults.push(`${told(element)} scrolls sideways`);
    const cutsText = clipsSideways(element) && element.scrollWidth > element.clientWidth + 1;
    const isName = element.matches('[data-name], h1, h2, h3');
    if (!cutsText || isClipped(element)) continue;
    if (isName) {
      const badge = element.parentElement?.querySelector('[data-badge]') ?? null;
      // A badge on a line of its own takes no room from the name.
      const isBeside = badge !== null && boxOf(badge).top < boxOf(element).bottom - 4;
      if (isBeside && !isHidden(badge) && !isClipped(badge)) faults.push(`${told(element)} is cut before its badge`);
      else if (!longNames) faults.push(`${told(element)} is cut`);
    } else if (style.textOverflow === 'clip' && style.overflowX === 'hidden' && element.children.length === 0) {
      faults.push(`${told(element)} is cut without a sign of it`);
    }
  }

  const controls = all.filter(
    (element) =>
      element.matches('button, a[href], input, select, textarea, summary, [role="switch"], [role="menuitem"]') &&
      !isHidden(element) &&
      getComputedStyle(element).pointerEvents !== 'none' &&
      !isClipped(element),
  );
  const dialog = document.querySelector('[role="alertdialog"], [role="dialog"]');
  for (const control of controls) {
    if (dialog !== null && !dialog.contains(control)) continue;
    const box = boxOf(control);
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    if (y < 1 || y > innerHeight - 1 || x < 1 || x > innerWidth - 1) continue;
    if (isScrolledAway(control, y)) continue;
    const [top] = document.elementsFromPoint(x, y);
    const isReached =
      top !== undefined && (control.contains(top) || top.contains(control) || top.closest('label') !== null);
    const isFloating = top?.closest('#overlays, [data-floats]') ?? null;
    if (!isReached && isFloating === null) faults.push(`${told(control)} is covered by ${told(top ?? root)}`);
    if (box.width < 12 || box.height < 12) faults.push(`${told(control)} is ${box.width} × ${box.height} px small`);
  }
  return [...new Set(faults)];
}

const focusable =
  'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), [tabindex="0"]';

/**
 * From now on the focus never falls to the page's body: when what has it goes away (a row, a dialog, a whole screen), it
 * goes to the next thing in the same part of the page, else to the screen's heading. Returns the function that ends this.
 */
export function keepFocus(): () => void {
  let last: { readonly element: Element; readonly around: readonly Element[] } | null = null;
  let isAsked = false;
  const onFocus = ({ target }: FocusEvent) => {
    if (target instanceof Element) last = { element: target, around: ancestorsOf(target) };
  };
  const check = () => {
    isAsked = false;
    const { activeElement } = document;
    if (last === null || last.element.isConnected) return;
    if (activeElement !== null && activeElement !== document.body) return;
    nextPlace(last.around)?.focus();
  };
  const observer = new MutationObserver(() => {
    if (isAsked || last === null || last.element.isConnected) return;
    isAsked = true;
    // Libraries give the focus back by themselves, by a timer once the closing of a menu or dialog has been drawn.
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(check)));
  });
  document.addEventListener('focusin', onFocus);
  observer.observe(document.body, { childList: true, subtree: true });
  return () => {
    document.removeEventListener('focusin', onFocus);
    observer.disconnect();
  };
}

/** Puts the focus on the heading of the screen, which is where reading goes on; true when there is one. */
export function focusHeading(): boolean {
  const heading = headingOf();
  heading?.focus();
  return heading !== null;
}

function headingOf(): HTMLElement | null {
  const place = document.querySelector<HTMLElement>('main h1') ?? document.querySelector<HTMLElement>('main');
  if (place !== null && !place.hasAttribute('tabindex')) place.tabIndex = -1;
  return place;
}

/** The element's ancestors up to its landmark, nearest first. */
function ancestorsOf(element: Element): readonly Element[] {
  const found: Element[] = [];
  for (let at = element.parentElement; at !== null && !at.matches('main, body, #root'); at = at.parentElement)
    found.push(at);
  return found;
}

function nextPlace(around: readonly Element[]): HTMLElement | null {
  for (const element of around) {
    if (!element.isConnected) continue;
    const next = [...element.querySelectorAll<HTMLElement>(focusable)].find((each) => each.checkVisibility());
    if (next !== undefined) return next;
  }
  return headingOf();
}

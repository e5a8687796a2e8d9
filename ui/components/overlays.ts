/** Where menus, hints and dialogs are put: a landmark of its own after the window's content. */
export function overlays(): HTMLElement | null {
  return document.getElementById('overlays');
}

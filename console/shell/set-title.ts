/** Says in the browser’s tab which page is shown. */
export function setTitle(name: string): void {
  document.title = `${name} – Causeway console`;
}

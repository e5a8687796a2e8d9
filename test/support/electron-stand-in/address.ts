/**
 * Chromium knows no `app:` scheme of its own, so a page of the stand-in lives at `https://app.localhost`, answered by
 * the app's handler; the app itself only ever sees `app://causeway`.
 */
const appOrigin = 'app://causeway';
const pageOrigin = 'https://app.localhost';

/** Address in the browser of an address that the app uses. */
export function toPageAddress(address: string): string {
  return address === appOrigin || address.startsWith(`${appOrigin}/`)
    ? pageOrigin + address.slice(appOrigin.length)
    : address;
}

/** Address, as the app knows it, of an address in the browser. */
export function toAppAddress(address: string): string {
  return address === pageOrigin || address.startsWith(`${pageOrigin}/`)
    ? appOrigin + address.slice(pageOrigin.length)
    : address;
}

/** Host and port of an address, for showing; the text itself when it isn't one. */
export function addressHost(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}

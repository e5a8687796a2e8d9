/** Who somebody is for good, in one text that can stand in an address: as the admin API names people. */
export function personId({ issuer, subject }: { readonly issuer: string; readonly subject: string }): string {
  const bytes = new TextEncoder().encode(JSON.stringify([issuer, subject]));
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** A text as PostgreSQL takes it, which has no U+0000; what stands for it is what stands for any unreadable character. */
export function storable(text: string): string {
  return text.replaceAll('\0', '\uFFFD');
}

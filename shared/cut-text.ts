/** Somebody else’s text, shortened to at most `most` UTF-16 units and an ellipsis; no character is cut in two. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = text.codePointAt(most - 1) ?? 0;
  return `${text.slice(0, end > 0xffff ? most - 1 : most)}…`;
}

/**
 * Characters that steer a terminal or a page instead of being read: controls, separators of lines and paragraphs, and
 * format characters such as those that turn the direction of writing (Unicode TR36 §2.1), and tags. ZWJ and ZWNJ are
 * letters' business in Persian, Sinhala and many other scripts, and stay between letters, marks and pictographs.
 */
const steering =
  /[\p{Cc}\u2028\u2029]|[\u200C\u200D](?![\p{L}\p{M}\p{Extended_Pictographic}])|(?<![\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F])[\u200C\u200D]|(?![\u200C\u200D])\p{Cf}/u;
const everySteering = new RegExp(steering.source, 'gu');

/** Whether somebody else's text holds a character that steers what shows it. */
export function steers(text: string): boolean {
  return steering.test(text);
}

/** Somebody else's text as one line that steers nothing; each such character becomes `replacement`. */
export function shownText(text: string, replacement = ' '): string {
  return text.replaceAll(everySteering, replacement);
}

/** Somebody else’s text in quotes of which none in it is the end, so that it can’t pose as what is written around it. */
export function quotedText(text: string): string {
  return `"${shownText(text).replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** Our own lines for a terminal, with somebody else's text in them: line ends and tabs stay. */
export function terminalText(text: string): string {
  return text.replaceAll(everySteering, (character) => (character === '\n' || character === '\t' ? character : '�'));
}

/** A JSON line that a terminal shows as text: what would steer it is escaped (RFC 8259 §7). */
export function terminalJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(everySteering, (character) =>
    Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

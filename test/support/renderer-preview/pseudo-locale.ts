import { type MessageFormatElement, parse, TYPE } from '@formatjs/icu-messageformat-parser';
import { printAST } from '@formatjs/icu-messageformat-parser/printer.js';
import type { Plugin } from 'vite';
import { en } from '../../../shared/messages/en.ts';
import { en as uiEn } from '../../../ui/messages/en.ts';

/**
 * A language that nobody speaks: English with accents, a third longer, in brackets. What shows without brackets comes from
 * no message, and what doesn't fit here won't fit in German.
 */
const accents: Readonly<Record<string, string>> = Object.fromEntries(
  ['aá', 'cç', 'eé', 'ií', 'nñ', 'oó', 'sš', 'uú', 'yý', 'AÁ', 'CÇ', 'EÉ', 'IÍ', 'NÑ', 'OÓ', 'SŠ', 'UÚ', 'YÝ'].map(
    ([plain = '', accented = '']) => [plain, accented],
  ),
);
const filler = '·';

function inPseudo(elements: readonly MessageFormatElement[]): MessageFormatElement[] {
  return elements.map((element) => {
    if (element.type === TYPE.literal) {
      const accented = element.value.replace(/\p{L}/gu, (letter) => accents[letter] ?? letter);
      return { ...element, value: accented + filler.repeat(Math.floor(accented.length / 3)) };
    }
    if (element.type === TYPE.plural || element.type === TYPE.select) {
      const options = Object.entries(element.options).map(([name, { value }]) => [name, { value: inPseudo(value) }]);
      return { ...element, options: Object.fromEntries(options) } as MessageFormatElement;
    }
    return element;
  });
}

/** A message in that language; its arguments stay. */
export function pseudoMessage(message: string): string {
  return `⟦${printAST(inPseudo(parse(message)))}⟧`;
}

function pseudoModule(messages: Readonly<Record<string, string>>): string {
  const entries = Object.entries(messages).map(([id, message]) => [id, pseudoMessage(message)]);
  return `export const en = ${JSON.stringify(Object.fromEntries(entries))};`;
}

/** Builds the window with that language in the place of English. */
export function pseudoLocale(): Plugin {
  return {
    name: 'pseudo-locale',
    enforce: 'pre',
    load(id) {
      if (id.endsWith('shared/messages/en.ts')) return pseudoModule(en);
      return id.endsWith('ui/messages/en.ts') ? pseudoModule(uiEn) : null;
    },
  };
}

/** Finds what is called `name` in English, whatever of it is a message and whatever a value. */
export function pseudoName(name: string | RegExp): RegExp {
  const source = typeof name === 'string' ? name.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`) : name.source;
  const between = `[⟦⟧${filler}]*`;
  const fuzzy = source.replace(/\\.|[^\\]/gu, (part) => {
    if (part.startsWith('\\')) return part + between;
    const accent = accents[part];
    return (accent === undefined ? part : `[${part}${accent}]`) + (/[\^$*+?(|]/.test(part) ? '' : between);
  });
  const flags = typeof name === 'string' ? '' : name.flags;
  return new RegExp(typeof name === 'string' ? `^${between}${fuzzy}$` : fuzzy.replace(/^\^/, `^${between}`), flags);
}

/** What is left of a text without all that stands in brackets. */
export function outsideMessages(shown: string): readonly string[] {
  let depth = 0;
  let outside = '';
  for (const character of shown) {
    if (character === '⟦') {
      if (depth === 0) outside += '\n';
      depth += 1;
    } else if (character === '⟧') depth -= 1;
    else if (depth === 0) outside += character;
  }
  return outside
    .split('\n')
    .map((part) => part.trim())
    .filter((part) => /\p{L}{2}/u.test(part));
}

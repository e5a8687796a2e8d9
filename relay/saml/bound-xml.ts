import { samlRefusal } from './saml-refusal.ts';

/** How much one XML document may hold. */
export interface XmlBounds {
  readonly depth: number;
  readonly elements: number;
  /** Of the whole document, declarations of namespaces included. */
  readonly attributes: number;
  readonly attributesOfOneElement: number;
  /** Characters of a name, its prefix included. */
  readonly nameLength: number;
  /** Entities and character references of the whole document. */
  readonly references: number;
}

/** For a message, which strangers send: five thousand values of attributes as providers write them, and more. */
export const messageBounds: XmlBounds = {
  depth: 24,
  elements: 6_000,
  attributes: 16_000,
  attributesOfOneElement: 32,
  nameLength: 128,
  references: 10_000,
};

/** For a message of single logout, which anybody can send at any time: the sessions of one person, and no more. */
export const logoutBounds: XmlBounds = { ...messageBounds, elements: 1_000, attributes: 2_000, references: 1_000 };

/** For metadata, which only the configured provider sends: those of a federation hold many certificates. */
export const metadataBounds: XmlBounds = {
  depth: 48,
  elements: 20_000,
  attributes: 60_000,
  attributesOfOneElement: 64,
  nameLength: 256,
  references: 50_000,
};

const name = String.raw`[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?`;
// Sticky, and with nothing that could match in two ways: one pass, whatever the text is.
const tagName = new RegExp(name, 'y');
const attribute = new RegExp(String.raw`[ \t\r\n]+(${name})[ \t\r\n]*=[ \t\r\n]*(?:"([^"<]*)"|'([^'<]*)')`, 'y');
const tagEnd = /[ \t\r\n]*(\/?)>/y;
const reference = /&(?:(?:lt|gt|amp|quot|apos|#\d{1,7}|#x[\dA-Fa-f]{1,6});)?/g;

/**
 * Walks over XML without a declaration once, building nothing, so that depth and number of all that a parser would
 * build are bounded before it sees the text. Takes only what SAML is written in: names of ASCII letters, each closed in
 * its turn, and the entities that every document has (XML 1.0 §2.3, 3.1, 4.6); comments where the caller allows them.
 * @throws AccessError `token-rejected`
 */
export function boundXml(text: string, what: string, bounds: XmlBounds): void {
  const tooLarge = (): Error => samlRefusal(`${what} is nested too deeply or too large.`);
  const malformed = (): Error => samlRefusal(`${what} isn’t well-formed XML.`);
  const open: string[] = [];
  let elements = 0;
  let attributes = 0;
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    if (text.startsWith('<!--', at)) {
      const end = text.indexOf('-->', at + 4);
      if (end < 0) throw malformed();
      at = end + 3;
      continue;
    }
    const isClosing = text[at + 1] === '/';
    const found = matchAt(tagName, text, at + (isClosing ? 2 : 1));
    if (found === null) throw samlRefusal(`${what} has names that no SAML message has.`);
    const [tag] = found;
    if (tag.length > bounds.nameLength) throw tooLarge();
    at = tagName.lastIndex;
    let own = 0;
    for (let next = matchAt(attribute, text, at); next !== null; next = matchAt(attribute, text, at)) {
      own += 1;
      attributes += 1;
      if (own > bounds.attributesOfOneElement || attributes > bounds.attributes) throw tooLarge();
      if ((next[1] ?? '').length > bounds.nameLength) throw tooLarge();
      at = attribute.lastIndex;
    }
    const end = matchAt(tagEnd, text, at);
    if (end === null || (isClosing && (own > 0 || end[1] === '/'))) throw malformed();
    at = tagEnd.lastIndex;
    if (isClosing) {
      if (open.pop() !== tag) throw malformed();
      continue;
    }
    elements += 1;
    if (end[1] === '') open.push(tag);
    if (open.length > bounds.depth || elements > bounds.elements) throw tooLarge();
  }
  if (open.length > 0) throw malformed();
  // Comments may hold anything; the walk has found the end of each.
  boundReferences(text.replaceAll(/<!--[^]*?-->/g, ''), bounds.references, what);
}

function boundReferences(text: string, most: number, what: string): void {
  let count = 0;
  for (const [found] of text.matchAll(reference)) {
    count += 1;
    if (found === '&') throw samlRefusal(`${what} has entities that aren’t XML’s own.`);
    if (count > most) throw samlRefusal(`${what} is nested too deeply or too large.`);
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

import { DOMParser, type Document, type Element, type Node, onErrorStopParsing, XMLSerializer } from '@xmldom/xmldom';
import { boundXml, messageBounds, type XmlBounds } from './bound-xml.ts';
import { samlRefusal } from './saml-refusal.ts';

export const samlNamespaces = {
  protocol: 'urn:oasis:names:tc:SAML:2.0:protocol',
  assertion: 'urn:oasis:names:tc:SAML:2.0:assertion',
  metadata: 'urn:oasis:names:tc:SAML:2.0:metadata',
  signature: 'http://www.w3.org/2000/09/xmldsig#',
  encryption: 'http://www.w3.org/2001/04/xmlenc#',
} as const;

/**
 * Parses XML of a SAML message and refuses all that a message never needs and attacks do: document types and entities
 * (XXE), comments and CDATA (split texts), processing instructions, encodings but UTF-8, depth and number. Metadata may
 * have comments.
 * @throws AccessError `token-rejected`
 */
export function parseStrictXml(
  xml: string,
  what: string,
  options: { readonly comments?: boolean; readonly bounds?: XmlBounds } = {},
): Document {
  const text = xml.replace(/^\uFEFF/, '');
  if (text.includes('\0')) throw samlRefusal(`${what} holds NUL characters.`);
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text))
    throw samlRefusal(`${what} holds a document type (DTD), which is never read.`);
  if (options.comments !== true && text.includes('<!')) throw samlRefusal(`${what} holds comments or CDATA sections.`);
  const declaration = /^\s*<\?xml\s[^>]*\?>/.exec(text)?.[0] ?? '';
  if (/encoding/i.test(declaration) && !/encoding\s*=\s*["']utf-8["']/i.test(declaration))
    throw samlRefusal(`${what} isn’t encoded in UTF-8.`);
  if (text.slice(declaration.length).includes('<?')) throw samlRefusal(`${what} holds processing instructions.`);
  boundXml(text.slice(declaration.length), what, options.bounds ?? messageBounds);
  try {
    return new DOMParser({ onError: onErrorStopParsing }).parseFromString(text, 'text/xml');
  } catch (error) {
    throw samlRefusal(`${what} isn’t well-formed XML.`, error);
  }
}

/** The XML of an element, with the namespaces that it needs. */
export function xmlOf(element: Element): string {
  return new XMLSerializer().serializeToString(element);
}

/** All elements below a node, itself included, in document order. */
export function* elementsOf(root: Node): Generator<Element> {
  if (isElement(root)) yield root;
  for (let child = root.firstChild; child !== null; child = child.nextSibling) yield* elementsOf(child);
}

/** Direct children of that name. */
export function childrenOf(parent: Node, namespace: string, name: string): Element[] {
  const found: Element[] = [];
  for (let child = parent.firstChild; child !== null; child = child.nextSibling)
    if (isElement(child) && child.localName === name && child.namespaceURI === namespace) found.push(child);
  return found;
}

/** The only direct child of that name; undefined when there is none. @throws AccessError when there are several */
export function onlyChild(parent: Node, namespace: string, name: string): Element | undefined {
  const found = childrenOf(parent, namespace, name);
  if (found.length > 1) throw samlRefusal(`The message has ${found.length} ${name} elements in one place.`);
  return found[0];
}

/** Text of an element that holds nothing else. @throws AccessError when it holds elements */
export function textOf(element: Element): string {
  for (let child = element.firstChild; child !== null; child = child.nextSibling)
    if (child.nodeType !== child.TEXT_NODE) throw samlRefusal(`${element.localName} holds more than text.`);
  return (element.textContent ?? '').trim();
}

function isElement(node: Node): node is Element {
  return node.nodeType === node.ELEMENT_NODE;
}

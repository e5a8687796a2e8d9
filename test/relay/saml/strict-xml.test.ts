import { describe, expect, it } from 'vitest';
import { childrenOf, elementsOf, onlyChild, parseStrictXml, textOf, xmlOf } from '../../../relay/saml/strict-xml.ts';

const parse = (xml: string, options: { comments?: boolean } = {}) => parseStrictXml(xml, 'It', options);
const root = (xml: string) => {
  const element = parse(xml).documentElement;
  if (element === null) throw new Error('There is no root.');
  return element;
};

describe('a document is refused', () => {
  it.each<[xml: string, why: string]>([
    ['<a>\0</a>', 'NUL characters'],
    ['<!DOCTYPE a><a/>', 'document type'],
    ['<!doctype a><a/>', 'document type'],
    ['<a><!ENTITY b "c"></a>', 'document type'],
    ['<a><!-- b --></a>', 'comments or CDATA'],
    ['<a><![CDATA[b]]></a>', 'comments or CDATA'],
    ['<!-- a --><a/>', 'comments or CDATA'],
    ['<?xml version="1.0" encoding="ISO-8859-1"?><a/>', 'isn’t encoded in UTF-8'],
    ['<?xml version="1.0" encoding="UTF-16"?><a/>', 'isn’t encoded in UTF-8'],
    ['<?xml version="1.0" encoding="utf-8x"?><a/>', 'isn’t encoded in UTF-8'],
    ['<?xml version="1.0" encoding=utf-8?><a/>', 'isn’t encoded in UTF-8'],
    ['<?xml version="1.0" ENCODING="utf-7"?><a/>', 'isn’t encoded in UTF-8'],
    ['<a><?b?></a>', 'processing instructions'],
    ['<?b?><a/>', 'processing instructions'],
    ['<a/><?b?>', 'processing instructions'],
    ['<?xml version="1.0"?><?xml version="1.0"?><a/>', 'processing instructions'],
    ['<?xml-stylesheet href="b"?><a/>', 'processing instructions'],
    ['', 'isn’t well-formed'],
    ['text', 'isn’t well-formed'],
    ['<a/><b/>', 'isn’t well-formed'],
    ['<a/>text', 'isn’t well-formed'],
    ['<a b="" b=""/>', 'isn’t well-formed'],
    ['<a:b/>', 'isn’t well-formed'],
  ])('%j', (xml, why) => {
    expect(() => parse(xml)).toThrow(
      expect.objectContaining({ code: 'token-rejected', message: expect.stringContaining(why) }),
    );
  });

  it('with a document type or CDATA even where comments may be', () => {
    expect(() => parse('<!DOCTYPE a><a/>', { comments: true })).toThrow('document type');
    expect(() => parse('<a><![CDATA[b]]></a>', { comments: true })).toThrow('names that no SAML message has');
    expect(() => parse('<a><!-- b --></a>', { comments: false })).toThrow('comments');
  });
});

it.each([
  '<a/>',
  '\uFEFF<a/>',
  '<?xml version="1.0"?><a/>',
  '<?xml version="1.0" encoding="UTF-8"?>\n<a/>\n',
  "<?xml version='1.0' encoding = 'utf-8' standalone='yes'?><a/>",
])('takes %j', (xml) => {
  expect(root(xml).localName).toBe('a');
});

it('takes comments where they may be', () => {
  expect(parse('<!-- a --><a><!-- b --></a>', { comments: true }).documentElement?.localName).toBe('a');
});

describe('an element', () => {
  const element = root('<a xmlns="urn:x" xmlns:y="urn:y"><b> 1\n</b><c><b/></c><y:b>2</y:b>text<d/><d/></a>');

  it('has the children of a name in a namespace, its own alone', () => {
    expect(childrenOf(element, 'urn:x', 'b').map(textOf)).toEqual(['1']);
    expect(childrenOf(element, 'urn:y', 'b').map(textOf)).toEqual(['2']);
    expect(childrenOf(element, 'urn:z', 'b')).toEqual([]);
  });

  it('has one of a kind, or none, or is refused', () => {
    expect(onlyChild(element, 'urn:x', 'c')?.localName).toBe('c');
    expect(onlyChild(element, 'urn:x', 'e')).toBeUndefined();
    expect(() => onlyChild(element, 'urn:x', 'd')).toThrow('2 d elements');
  });

  it('has text alone, or is refused', () => {
    expect(() => textOf(element)).toThrow('a holds more than text');
    expect(() => textOf(root('<a>1<b/></a>'))).toThrow('a holds more than text');
    expect(textOf(root('<a/>'))).toBe('');
  });

  it('holds all elements in their order, itself first', () => {
    expect([...elementsOf(element)].map(({ tagName }) => tagName)).toEqual(['a', 'b', 'c', 'b', 'y:b', 'd', 'd']);
  });

  it('is written with the namespaces that it needs', () => {
    const [inner] = childrenOf(element, 'urn:y', 'b');
    expect(inner && xmlOf(inner)).toBe('<y:b xmlns:y="urn:y">2</y:b>');
  });
});

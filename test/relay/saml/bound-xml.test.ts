import { describe, expect, it } from 'vitest';
import { boundXml, type XmlBounds } from '../../../relay/saml/bound-xml.ts';

const bounds: XmlBounds = {
  depth: 2,
  elements: 3,
  attributes: 4,
  attributesOfOneElement: 3,
  nameLength: 5,
  references: 2,
};
const read = (text: string) => (): void => boundXml(text, 'It', bounds);
const tooLarge = 'nested too deeply or too large';
const malformed = 'isn’t well-formed';
const names = 'names that no SAML message has';
const entities = 'entities that aren’t XML’s own';

describe('a document at its bounds', () => {
  it.each<[what: string, last: string, tooMuch: string]>([
    ['depth', '<a><b></b></a>', '<a><b><c></c></b></a>'],
    ['depth, which an element without content doesn’t add to', '<a><b><c/></b></a>', '<a><b><c><d/></c></b></a>'],
    ['depth, again after it went back', '<a><b></b><b></b></a>', '<a><b></b><b><c></c></b></a>'],
    ['elements', '<a><b/><b/></a>', '<a><b/><b/><b/></a>'],
    ['elements with content', '<a><b></b><b></b></a>', '<a><b></b><b></b><b></b></a>'],
    ['attributes of all', '<a x="" y="" z=""><b x=""/></a>', '<a x="" y="" z=""><b x="" y=""/></a>'],
    ['attributes of one', '<a x="" y="" z=""/>', '<a w="" x="" y="" z=""/>'],
    ['a name', '<abcde/>', '<abcdef/>'],
    ['a name with its prefix', '<abc:d/>', '<abc:de/>'],
    ['a name of an attribute', '<a abcde=""/>', '<a abcdef=""/>'],
    ['references', '<a>&lt;&#62;</a>', '<a>&lt;&#62;&amp;</a>'],
    ['references in attributes', '<a b="&lt;" c="&#x3e;"/>', '<a b="&lt;&quot;" c="&apos;"/>'],
  ])('is taken, and refused one beyond: %s', (_what, last, tooMuch) => {
    expect(read(last)).not.toThrow();
    expect(read(tooMuch)).toThrow(tooLarge);
  });
});

describe('what isn’t XML', () => {
  it.each<[text: string, why: string]>([
    ['<a', malformed],
    ['<a>', malformed],
    ['</a>', malformed],
    ['<a/></a>', malformed],
    ['<a></b>', malformed],
    ['<a><b></a></b>', malformed],
    ['<a></a b="">', malformed],
    ['<a></a/>', malformed],
    ['<a b/>', malformed],
    ['<a b=c/>', malformed],
    ['<a b="<"/>', malformed],
    ["<a b='<'/>", malformed],
    ['<a b="\'/>', malformed],
    ['<a b=""c=""/>', malformed],
    ['<a:b:c/>', malformed],
    ['<a/ >', malformed],
    ['<!--', malformed],
    ['<!--->', malformed],
    ['<!-- <a/>', malformed],
    ['<a><!-- </a>', malformed],
    ['<!-a/>', names],
    ['<>', names],
    ['</>', names],
    ['< a/>', names],
    ['<1/>', names],
    ['<-a/>', names],
    ['<:a/>', names],
    ['<é/>', names],
    ['<a>&</a>', entities],
    ['<a>&b;</a>', entities],
    ['<a>&lt</a>', entities],
    ['<a>&LT;</a>', entities],
    ['<a>&#;</a>', entities],
    ['<a>&#12345678;</a>', entities],
    ['<a>&#x;</a>', entities],
    ['<a>&#x1234567;</a>', entities],
    ['<a>&#xg;</a>', entities],
    ['<a b="&b;"/>', entities],
  ])('is refused: %s', (text, why) => {
    expect(read(text)).toThrow(why);
  });
});

it.each([
  '',
  'text alone',
  '<a/>',
  '<a:b/>',
  '<_a-.1/>',
  '<a></a>',
  '<a></a >',
  '<a b="" />',
  "<a\r\n\tb = '\"> />'></a>",
  '<a b="\'" c=\'"\'/>',
  '<a>&#1234567;&#x10FFFF;</a>',
  '<!-- <b> & &b; &lt;&gt;&amp; --><a/><!----><!-- -- --><!-- <1-->',
])('takes %j', (text) => {
  expect(read(text)).not.toThrow();
});

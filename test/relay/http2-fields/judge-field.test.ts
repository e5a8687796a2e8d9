import { describe, expect, it } from 'vitest';
import { judgeAnswerField, judgeRequestField } from '../../../relay/http2-fields/judge-field.ts';

const control = 'a control character (as CR, LF or NUL) in its field “x-a”';
const badName = 'a field with a character in its name that HTTP doesn’t allow';
const space = 'white space at an end of its field “x-a”';
const badHost = 'a character in its Host that hosts don’t have';

describe('a field of either side', () => {
  it.each<[name: string, value: string, fault: string]>([
    ['', 'a', 'a field without a name'],
    ...['X-A', 'x a', 'x:a', 'x\n', 'é', 'x(', 'x/', ' x', 'x"'].map((name): [string, string, string] => [
      name,
      'a',
      badName,
    ]),
    ...['\0', 'a\r', 'a\nb', '\u001f', '\u007f', '\u0100', 'a\u2028'].map((value): [string, string, string] => [
      'x-a',
      value,
      control,
    ]),
  ])('%j: %j is malformed', (name, value, fault) => {
    expect(judgeAnswerField(name, value)).toBe(fault);
    expect(judgeRequestField(name, value)).toBe(fault);
  });

  it.each<[name: string, value: string]>([
    ['x-a', ''],
    ['x-a', 'a b\tc'],
    ['x-a', '\u0080\u00ff~'],
    ["!#$%&'*+-.^_`|~09az", 'a'],
    ['host', 'relay.example:443'],
    // nghttp2 judges these.
    [':path', '/a b'],
    [':authority', 'a b'],
  ])('%j: %j is well-formed', (name, value) => {
    expect(judgeAnswerField(name, value)).toBeNull();
    expect(judgeRequestField(name, value)).toBeNull();
  });

  it('is named by its first hundred characters', () => {
    expect(judgeAnswerField('x'.repeat(101), '\0')).toContain(`“${'x'.repeat(100)}”`);
  });
});

describe('a field of a request alone', () => {
  it.each([' a', 'a ', '\ta', 'a\t', ' '])('has no white space around its value: %j', (value) => {
    expect(judgeRequestField('x-a', value)).toBe(space);
    expect(judgeAnswerField('x-a', value)).toBeNull();
    expect(judgeRequestField(':path', value)).toBeNull();
  });

  it.each(['a b', 'a/b', 'a@b', 'a?b', 'a#b', 'a\\b', 'a|b', '\u00e9'])('has no Host like %j', (value) => {
    expect(judgeRequestField('host', value)).toBe(badHost);
    expect(judgeRequestField('x-host', value)).toBeNull();
    expect(judgeAnswerField('host', value)).toBeNull();
  });

  it.each(['', 'relay.example', '192.0.2.1:80', '[::1]:443', 'xn--a', 'a_b~c%20', "!$&'()*+,;="])(
    'may have the Host %j',
    (value) => {
      expect(judgeRequestField('host', value)).toBeNull();
    },
  );
});

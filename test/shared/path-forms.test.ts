import { describe, expect, it } from 'vitest';
import { canonicalPath, type PathForm, pathForms } from '../../shared/canonical-path.ts';

describe('a form that an API asks for', () => {
  it.each<[target: string, allow: readonly PathForm[], why: string]>([
    ['/a%25252Fb', ['double-encoding'], 'encoded twice'],
    ['/a%25252Fb', pathForms, 'encoded twice'],
    ['/a%25u002fb', ['double-encoding'], 'encoded twice'],
    ['/a%25U002fb', pathForms, 'encoded twice'],
    ['/a%253Bb', ['double-encoding'], 'semicolon'],
    ['/a%255Cb', ['double-encoding'], 'backslash'],
    ['/a%2500b', ['double-encoding'], 'control'],
    ['/a%25FFb', ['double-encoding'], 'UTF-8'],
    ['/%252e%252e/b', ['double-encoding'], 'dot segment'],
    ['/a%252F..%252Fb', ['double-encoding'], 'dot segment'],
    ['/a%252F%252Fb', ['encoded-slash'], 'encoded twice'],
    ['/%5Ca', ['encoded-backslash'], 'begins with a backslash'],
    ['/%5c%5Ca', pathForms, 'begins with a backslash'],
    ['/..%5Cb', ['encoded-backslash'], 'dot segment'],
    ['/a%5C..%5Cb', ['encoded-backslash'], 'dot segment'],
    ['/a\\b', ['encoded-backslash'], 'backslash'],
    ['/;a', ['semicolon'], 'begins with a semicolon'],
    ['/a/;b=c/d', ['semicolon'], 'begins with a semicolon'],
    ['/%3Ba', ['semicolon'], 'begins with a semicolon'],
    ['/a%2F;b', ['encoded-slash', 'semicolon'], 'begins with a semicolon'],
    ['/..;/a', ['semicolon'], 'dot segment'],
    ['/a/.;x=1', ['semicolon'], 'dot segment'],
    ['/%20;a', ['semicolon'], 'spaces'],
    ['//a', ['empty-segments'], 'empty segment'],
    ['//', ['empty-segments'], 'empty segment'],
    ['///', pathForms, 'empty segment'],
    ['/a/%20%2Fb', ['encoded-slash'], 'spaces'],
    ['/a%EF%BC%8F..%EF%BC%8Fb', ['fullwidth'], 'dot segment'],
    ['/a%EF%BC%8541b', ['fullwidth'], 'percent-encoded twice'],
    ['/a%EF%BC%85u0041b', ['fullwidth'], 'percent-encoded twice'],
    ['/%EF%BC%9Ba', ['fullwidth'], 'begins with a semicolon'],
    ['/%EF%BC%BCa', ['encoded-backslash'], 'delimiter'],
    ['/a%C2%85b', ['fullwidth'], 'delimiter'],
    ['/a%E2%80%A8b', ['fullwidth'], 'delimiter'],
    ['/a%EF%BC%8Fb', pathForms.filter((form) => form !== 'fullwidth'), 'delimiter'],
  ])('doesn’t let %s through by %j', (target, allow, why) => {
    const result = canonicalPath(target, { allow });

    expect(result).toMatchObject({ status: 'refused', reason: 'ambiguous' });
    expect(result).toHaveProperty('detail', expect.stringContaining(why));
  });

  it.each<[target: string, allow: readonly PathForm[], path?: string]>([
    ['/a%2fb%2F', ['encoded-slash'], '/a%2Fb%2F'],
    ['/a%252fb', ['double-encoding']],
    ['/a%2541b', ['double-encoding']],
    ['/a%2541b', ['double-encoding', 'fullwidth']],
    ['/a%253Bb', ['double-encoding', 'semicolon']],
    ['/a%255Cb', ['double-encoding', 'encoded-backslash']],
    ['/a/%5cb', ['encoded-backslash'], '/a/%5Cb'],
    ['/a;b=c;d', ['semicolon']],
    ['/a%3bb', ['semicolon'], '/a%3Bb'],
    ['/a//b', ['empty-segments']],
    ['/a//', ['empty-segments']],
    ['/a///b', ['empty-segments']],
    ['/a%EF%BC%8Fb', ['fullwidth']],
    // A ligature and an encoding: neither makes a delimiter of the other.
    ['/%EF%AC%81%252Fb', ['double-encoding']],
  ])('lets %s through by %j', (target, allow, path = target) => {
    expect(canonicalPath(target, { allow })).toEqual({ status: 'ok', path, query: '' });
  });
});

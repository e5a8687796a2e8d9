import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** What is wrong with a value of a request, as the end of a sentence about it. */
export function issueWords(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `it is missing, or isn’t ${typeWords(issue.expected)}`;
    case 'invalid_value':
      return `it must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`;
    case 'too_small':
      if (issue.origin !== 'string' && issue.origin !== 'array') return `it must be at least ${issue.minimum}`;
      return Number(issue.minimum) <= 1
        ? 'it is empty'
        : `it has fewer than ${issue.minimum} ${itemWords(issue.origin)}`;
    case 'too_big':
      return issue.origin === 'string' || issue.origin === 'array'
        ? `it has more than ${issue.maximum} ${itemWords(issue.origin)}`
        : `it must be at most ${issue.maximum}`;
    case 'unrecognized_keys':
      return `it has ${issue.keys.map((key) => `“${key}”`).join(', ')}, which isn’t known here`;
    case 'invalid_format':
    case 'invalid_key':
    case 'invalid_element':
    case 'invalid_union':
    case 'not_multiple_of':
    case 'custom':
      return issue.message;
  }
}

function itemWords(origin: string): string {
  return origin === 'string' ? 'characters' : 'entries';
}

function typeWords(expected: string): string {
  const words: Readonly<Record<string, string>> = {
    string: 'a text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'an object',
    record: 'an object',
  };
  return words[expected] ?? expected;
}

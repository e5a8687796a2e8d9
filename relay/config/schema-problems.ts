import { didYouMean } from './did-you-mean.ts';
import type { z } from 'zod';
import type { ConfigProblem } from './config-problem.ts';
import { configJsonSchema, type JsonSchema, schemaAt } from './json-schema.ts';
import type { YamlSource } from './yaml-source.ts';

type Issue = z.core.$ZodIssue;

/** Turns what the schema finds into problems with their places, in words that say what to write instead. */
export function schemaProblems(issues: readonly Issue[], source: YamlSource): readonly ConfigProblem[] {
  const schema = configJsonSchema();
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      const known = Object.entries(schemaAt(schema, issue.path)?.properties ?? {})
        .filter(([, { deprecated }]) => deprecated !== true)
        .map(([name]) => name);
      return issue.keys.map((key) =>
        source.problemAt([...issue.path, key], `is a key that Causeway doesn’t know.${suggestion(key, known)}`, 'key'),
      );
    }
    if (issues.some((other) => belongsTo(other, issue))) return [];
    const place = placeOf(issue, issues);
    const words = issueWords(issue, schemaAt(schema, issue.path));
    return [source.problemAt(issue.path, place === undefined ? words : `${words} ${place}`)];
  });
}

/** Where a value belongs that stands at the wrong key: to a key beside it that is missing and takes it. */
function placeOf(issue: Issue, issues: readonly Issue[]): string | undefined {
  const right = issues.find((other) => belongsTo(issue, other));
  return right === undefined ? undefined : `Write “${String(right.path.at(-1))}: ${String(issue.input)}”.`;
}

/** Whether a wrong value is what a missing key beside it takes, or a wrong key is that one misspelt: one slip, not two. */
function belongsTo(wrong: Issue, missing: Issue): boolean {
  if (!isMissing(missing) || isMissing(wrong)) return false;
  const beside = JSON.stringify(missing.path.slice(0, -1));
  if (wrong.code === 'unrecognized_keys') {
    const name = String(missing.path.at(-1));
    return JSON.stringify(wrong.path) === beside && wrong.keys.some((key) => didYouMean(key, [name]) !== '');
  }
  if (wrong.code !== 'invalid_value' || missing.code !== 'invalid_value') return false;
  return JSON.stringify(wrong.path.slice(0, -1)) === beside && missing.values.some((value) => value === wrong.input);
}

function isMissing(issue: Issue): boolean {
  return (issue.code === 'invalid_value' || issue.code === 'invalid_type') && issue.input === undefined;
}

function issueWords(issue: Issue, schema: JsonSchema | undefined): string {
  const hint = issue.path.length === 0 ? 'See docs/configuration.md.' : schema?.description;
  const about = hint === undefined ? '' : ` ${hint}`;
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? `is missing. Add it.${about}`
        : `must be ${typeWords(issue.expected)}, but is ${valueWords(issue.input)}.${about}`;
    case 'invalid_value': {
      const values = issue.values.map(String);
      const slip = typeof issue.input === 'string' ? didYouMean(issue.input, values) : '';
      return `must be one of ${values.join(', ')}.${slip}`;
    }
    case 'too_small':
      return issue.origin === 'array' || issue.origin === 'string'
        ? `must not be empty.${about}`
        : `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}.${about}`;
    case 'too_big':
      return issue.origin === 'array' || issue.origin === 'string'
        ? `is too long: at most ${issue.maximum} ${issue.origin === 'array' ? 'entries' : 'characters'}.`
        : `must be at most ${issue.maximum}.${about}`;
    case 'invalid_format':
      if (issue.format === 'url') return `must be an address that begins with https:// or http://.${about}`;
      if (issue.format === 'starts_with') return 'must begin with “/”.';
      return `${issue.message}.`;
    case 'custom':
      return `${issue.message}.`;
    case 'invalid_key':
    case 'invalid_element':
    case 'invalid_union':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return `${issue.message}.${about}`;
  }
}

function typeWords(expected: string): string {
  const words: Readonly<Record<string, string>> = {
    string: 'a text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list (lines that begin with “- ”)',
    object: 'a group of keys',
    record: 'a group of keys',
  };
  return words[expected] ?? expected;
}

function valueWords(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a group of keys';
  if (typeof value === 'string') return 'a text';
  return JSON.stringify(value) ?? typeof value;
}

function suggestion(wrong: string, right: readonly string[]): string {
  const slip = didYouMean(wrong, right);
  if (slip !== '') return slip;
  return right.length > 0 && right.length <= 20 ? ` Known here: ${right.join(', ')}.` : ' Remove it.';
}

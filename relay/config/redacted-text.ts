import { type Document, isCollection, isPair, isScalar, Lexer, type Node, parseDocument, visit } from 'yaml';
import { configJsonSchema, type JsonSchema } from './json-schema.ts';

const notKept = '(not kept)';
const secretName = /secret|passw|bearer|credential/i;
/** Values into which the relay fills secrets say so in their description. */
const filledIn = '${env:';
const userInfo = /(:\/\/)[^\s/@]+@/g;
const placeholders = /\$\{(?:env|file|credential):[^}]*\}/g;
const suspicious = /secret|passw|token|bearer|credential|authorization|key|:\/\/[^\s/]*@|[A-Za-z0-9+/_=-]{32,}/i;
/** Marks of the lexer that aren't of the text. */
const lexerMarks = new Set(['\u0002', '\u0018', '\u001F']);

interface Schema extends JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

interface Replacement {
  readonly from: number;
  readonly to: number;
  readonly by: string;
}

/**
 * The text of a config without what may be a secret, by the config's schema: values that secrets are filled into (their
 * placeholders stay), keys that are called so, passwords in addresses, comments that seem to hold one, and whatever the
 * schema doesn't know. Of a text that isn't YAML only plain values of known keys stay. What could be used still can be,
 * for the rules alone.
 */
export function redactedText(text: string): string {
  const document = parseDocument(text, { strict: false, uniqueKeys: false, prettyErrors: false });
  if (document.errors.length > 0) return redactedLines(text);
  return replaced(text, [...commentReplacements(text), ...valueReplacements(document, text)]);
}

function valueReplacements(document: Document.Parsed, text: string): readonly Replacement[] {
  const byAlias = new Set<string>();
  visit(document, {
    Alias(_key, alias, parents) {
      if (judge(pathOf(parents, alias)) !== 'plain') byAlias.add(alias.source);
    },
  });
  const found: Replacement[] = [];
  visit(document, {
    Scalar(key, scalar, parents) {
      if (key === 'key' || scalar.range === null || scalar.range === undefined) return;
      const [from, to] = scalar.range;
      const source = text.slice(from, to);
      const isNamed = [...parents, scalar].some(
        (node) => anchorOf(node) !== undefined && byAlias.has(anchorOf(node) ?? ''),
      );
      const verdict = isNamed ? 'secret' : judge(pathOf(parents, scalar));
      const by = verdict === 'plain' ? source.replace(userInfo, '$1not-kept@') : withoutLiterals(scalar.value, source);
      if (by !== source) found.push({ from, to, by });
    },
  });
  return found;
}

function anchorOf(node: unknown): string | undefined {
  return isScalar(node) || isCollection(node) ? node.anchor : undefined;
}

/** Only the placeholders of a value, which say where the secret comes from. */
function withoutLiterals(value: unknown, source: string): string {
  if (value === null || source === '') return source;
  const text = typeof value === 'string' ? value : source;
  const kept = text.match(placeholders) ?? [];
  if (kept.join('') === text) return source;
  return `${JSON.stringify(notKept + kept.join(''))}${source.endsWith('\n') ? '\n' : ''}`;
}

function pathOf(parents: readonly unknown[], node: Node): readonly PropertyKey[] {
  const chain = [...parents, node];
  return chain.flatMap((each, index): PropertyKey[] => {
    if (isPair(each)) return [isScalar(each.key) ? String(each.key.value) : '?'];
    if (!isCollection(each)) return [];
    const inner = chain[index + 1];
    return isPair(inner) ? [] : [(each.items as readonly unknown[]).indexOf(inner)];
  });
}

/** Whether a value at a path is, or may be, a secret: of what the schema doesn’t know it may be. */
export function isSecretPlace(path: readonly PropertyKey[]): boolean {
  return judge(path) !== 'plain';
}

/** Whether a value may be kept at a path. */
function judge(path: readonly PropertyKey[]): 'plain' | 'secret' | 'unknown' {
  let schemas: readonly Schema[] = [wholeSchema()];
  for (const part of path) {
    if (typeof part !== 'number' && secretName.test(String(part))) return 'secret';
    schemas = schemas.flatMap((schema) => alternatives(schema)).flatMap((schema) => inside(schema, part));
    if (schemas.some(({ description = '' }) => description.includes(filledIn))) return 'secret';
  }
  return schemas.flatMap(alternatives).some(takesScalar) ? 'plain' : 'unknown';
}

function inside({ items, properties, additionalProperties }: Schema, part: PropertyKey): readonly Schema[] {
  if (typeof part === 'number') return items === undefined ? [] : [items];
  const named = Object.hasOwn(properties ?? {}, part) ? properties?.[String(part)] : undefined;
  if (named !== undefined) return [named];
  return typeof additionalProperties === 'object' ? [additionalProperties] : [];
}

function alternatives(schema: Schema): readonly Schema[] {
  return [schema, ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap(alternatives)];
}

function takesScalar({ type, enum: values, const: constant }: Schema): boolean {
  return (
    values !== undefined || constant !== undefined || (type !== undefined && type !== 'object' && type !== 'array')
  );
}

let known: Schema | undefined;
function wholeSchema(): Schema {
  known ??= configJsonSchema() as Schema;
  return known;
}

function commentReplacements(text: string): readonly Replacement[] {
  const found: Replacement[] = [];
  let from = 0;
  for (const token of new Lexer().lex(text)) {
    if (lexerMarks.has(token)) continue;
    const to = from + token.length;
    if (token.startsWith('#') && suspicious.test(token)) found.push({ from, to, by: `# ${notKept}` });
    from = to;
  }
  return found;
}

function replaced(text: string, replacements: readonly Replacement[]): string {
  let result = '';
  let done = 0;
  for (const { from, to, by } of replacements.toSorted((one, other) => one.from - other.from)) {
    if (from < done) continue;
    result += text.slice(done, from) + by;
    done = to;
  }
  return result + text.slice(done);
}

/** Of a text that can't be parsed: keys that the schema knows, with their values where those are plain words. */
function redactedLines(text: string): string {
  const names = plainNames();
  let secretIndent = Infinity;
  return text
    .split('\n')
    .map((line) => {
      const trimmed = line.trim();
      if (trimmed === '') return '';
      const indent = line.length - line.trimStart().length;
      if (indent > secretIndent) return `${' '.repeat(indent)}${notKept}`;
      secretIndent = Infinity;
      if (trimmed.startsWith('#')) return suspicious.test(trimmed) ? `${' '.repeat(indent)}# ${notKept}` : line;
      const [, before = '', name = '', value = ''] = /^(\s*(?:- )*)([A-Za-z_]\w*):(?:\s+(.*))?$/.exec(line) ?? [];
      if (name === '') return `${' '.repeat(indent)}${notKept}`;
      if (!names.has(name)) {
        secretIndent = indent;
        return `${before}${name}: ${notKept}`;
      }
      if (value === '') return `${before}${name}:`;
      return `${before}${name}: ${/^[\w.,/* -]{1,200}$/.test(value) ? value : notKept}`;
    })
    .join('\n');
}

/** Names of keys that are no secret wherever they may stand. */
function plainNames(): ReadonlySet<string> {
  const plain = new Set<string>();
  const secret = new Set<string>();
  const walk = (schema: Schema): void => {
    for (const each of alternatives(schema)) {
      for (const [name, inner] of Object.entries(each.properties ?? {})) {
        const isSecret = secretName.test(name) || (inner.description ?? '').includes(filledIn);
        (isSecret ? secret : plain).add(name);
        walk(inner);
      }
      if (each.items !== undefined) walk(each.items);
      if (typeof each.additionalProperties === 'object') walk(each.additionalProperties);
    }
  };
  walk(wholeSchema());
  return new Set([...plain].filter((name) => !secret.has(name)));
}

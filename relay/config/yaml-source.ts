import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import { type ConfigProblem, formatKey } from './config-problem.ts';

/** A YAML text with the way back from a path of keys to its place in the file. */
export interface YamlSource {
  readonly value: unknown;
  /** The problem with the value at a path, or with its key; a missing path is placed at its nearest parent. */
  problemAt(path: readonly PropertyKey[], message: string, place?: 'key' | 'value'): ConfigProblem;
}

/** Takes down a problem with the value, or the key, at a path. */
export type Report = (path: readonly PropertyKey[], message: string, place?: 'key' | 'value') => void;

export type ParsedYaml =
  | { readonly status: 'parsed'; readonly source: YamlSource }
  | { readonly status: 'refused'; readonly problems: readonly ConfigProblem[] };

const maxAliases = 100;
const maxBytes = 16 * 1024 * 1024;
const maxFaults = 20;
/** Faults that say nothing about what stands behind them. */
const lone = new Set(['DUPLICATE_KEY', 'TAG_RESOLVE_FAILED']);
const tooDeep = 'is nested too deeply. A config needs no more than six levels.';
const strangeKey = 'has a key that isn’t a plain word. Write keys as in docs/configuration.md.';

/**
 * Parses one YAML 1.2 document. Refuses syntax errors, duplicate keys, unknown tags, several documents, texts over
 * 16 MiB and aliases that multiply, each with its place in the file.
 */
export function parseYaml(file: string, text: string): ParsedYaml {
  const lines = new LineCounter();
  const at = (offset: number, key: string, message: string): ConfigProblem => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), key, message };
  };
  const refused = (message: string): ParsedYaml => ({
    status: 'refused',
    problems: [{ file, line: 1, column: 1, key: '', message }],
  });
  if (text.length > maxBytes) return refused('is larger than 16 MiB. Split the APIs over several relays.');
  if (text.includes('\0')) return refused('holds NUL bytes, so it isn’t text. It may be only half written.');

  try {
    const document = parseDocument(text, { lineCounter: lines, strict: true, uniqueKeys: true, prettyErrors: false });
    const faults = [...document.errors, ...document.warnings];
    if (faults.some((fault) => fault.code === 'RESOURCE_EXHAUSTION')) return refused(tooDeep);
    // One slip makes the parser stumble over all that follows.
    const slip = faults.filter(({ code }) => !lone.has(code)).toSorted((one, other) => one.pos[0] - other.pos[0])[0];
    const problems = (slip === undefined ? faults.slice(0, maxFaults) : [slip]).map((fault) => {
      const path = fault.code === 'DUPLICATE_KEY' ? pathAt(document, fault.pos[0]) : [];
      return at(fault.pos[0], formatKey(path), faultWords(fault));
    });
    if (slip !== undefined) return { status: 'refused', problems };
    visit(document, {
      Alias(_key, alias, parents) {
        if (alias.resolve(document) !== undefined || problems.length >= maxFaults) return;
        const message = `names the anchor “${alias.source}”, which isn’t set before it. Write the value out.`;
        problems.push(at(rangeStart(alias) ?? 0, formatKey(keyPath(parents)), message));
      },
      Pair(_key, pair, parents) {
        const name: unknown = isScalar(pair.key) ? pair.key.value : undefined;
        if (typeof name === 'string' && name !== '__proto__') return;
        const path = keyPath([...parents, pair]).slice(0, -1);
        const offset = rangeStart(pair.key) ?? rangeStart(pair.value) ?? 0;
        if (problems.length < maxFaults) problems.push(at(offset, formatKey(path), strangeKey));
      },
    });
    if (problems.length > 0) return { status: 'refused', problems };
    const value: unknown = document.toJS({ maxAliasCount: maxAliases });
    const problemAt: YamlSource['problemAt'] = (path, message, place = 'value') =>
      at(offsetOf(document.contents, path, place), formatKey(path), message);
    return { status: 'parsed', source: { value, problemAt } };
  } catch (error) {
    if (error instanceof ReferenceError) {
      return refused(`uses more than ${maxAliases} aliases, or aliases that multiply. Write the values out.`);
    }
    if (error instanceof RangeError) return refused(tooDeep);
    throw error;
  }
}

function faultWords({ code, message }: { readonly code: string; readonly message: string }): string {
  if (code === 'DUPLICATE_KEY') return 'is a key that stands here twice. Keep one of the two.';
  if (code === 'MULTIPLE_DOCS') return 'begins a second document. Keep one document in the file.';
  if (code === 'TAG_RESOLVE_FAILED') return `has an unknown tag. Leave tags (“!…”) out. (${message})`;
  return `isn’t valid YAML: ${message}. Check indentation, quotes and brackets here and just above.`;
}

/** Path of the key that begins at an offset. */
function pathAt(document: Document.Parsed, offset: number): readonly PropertyKey[] {
  let found: readonly PropertyKey[] = [];
  visit(document, {
    Pair(_key, pair, parents) {
      if (rangeStart(pair.key) !== offset) return undefined;
      found = keyPath([...parents, pair]);
      return visit.BREAK;
    },
  });
  return found;
}

function keyPath(chain: readonly unknown[]): readonly PropertyKey[] {
  return chain.flatMap((node, index): PropertyKey[] => {
    if (isPair(node)) return [isScalar(node.key) ? String(node.key.value) : '?'];
    return isSeq(node) ? [node.items.indexOf(chain[index + 1])] : [];
  });
}

function offsetOf(root: Node | null, path: readonly PropertyKey[], place: 'key' | 'value'): number {
  let node: unknown = root;
  let offset = 0;
  for (const [depth, part] of path.entries()) {
    const collection: unknown = node;
    let keyOffset: number | undefined;
    if (isMap(collection)) {
      const pair = collection.items.find((item) => isScalar(item.key) && item.key.value === part);
      if (pair === undefined) return offset;
      keyOffset = isScalar(pair.key) ? pair.key.range?.[0] : undefined;
      node = pair.value;
    } else if (isSeq(collection) && typeof part === 'number' && part < collection.items.length) {
      node = collection.items[part];
    } else {
      return offset;
    }
    const valueOffset = rangeStart(node);
    const wantsKey = place === 'key' || (depth < path.length - 1 && keyOffset !== undefined);
    offset = (wantsKey ? (keyOffset ?? valueOffset) : (valueOffset ?? keyOffset)) ?? offset;
    // What stands behind an alias is reported where the alias stands.
    if (isAlias(node)) return offset;
  }
  return offset;
}

function rangeStart(node: unknown): number | undefined {
  return isMap(node) || isSeq(node) || isScalar(node) || isAlias(node) ? node.range?.[0] : undefined;
}

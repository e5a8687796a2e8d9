import { parseSync, visitorKeys, type Node } from 'oxc-parser';

/** A node with the nodes around it, innermost last. */
export interface Place {
  readonly node: Node;
  readonly around: readonly Node[];
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;

/** Types say nothing at run time; these wrap an expression, which does. */
const wrappers: ReadonlySet<string> = new Set(['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression']);

/** Every node that exists at run time, in the order of the source. Throws for a file that can't be parsed. */
export function* walk(file: string, source: string): Generator<Place> {
  const { program, errors } = parseSync(file, source);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${file}: ${error.message}`);
  yield* walkNode(program, []);
}

function* walkNode(node: Node, around: readonly Node[]): Generator<Place> {
  if (node.type.startsWith('TS') && !wrappers.has(node.type)) return;
  yield { node, around };
  const inside = [...around, node];
  for (const key of visitorKeys[node.type] ?? []) {
    const value: unknown = Reflect.get(node, key);
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) yield* walkNode(child, inside);
  }
}

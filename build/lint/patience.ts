/** As much of the linter, and of what it parsed, as the rule uses: https://oxc.rs/docs/guide/usage/linter/js-plugins.html */
interface Context {
  report(problem: { readonly node: unknown; readonly message: string }): void;
}
interface Expression {
  readonly type: string;
  readonly name?: string;
  readonly value?: unknown;
  readonly object?: Expression;
  readonly property?: Expression;
  readonly properties?: readonly { readonly type: string; readonly key?: Expression; readonly value?: Expression }[];
  /** Of `x as const`. */
  readonly expression?: Expression;
}
interface Call {
  readonly callee: Expression;
  readonly arguments: readonly Expression[];
}
interface Declarator {
  readonly id: Expression;
  readonly init: Expression | null;
}

/** Less than this, and a busy machine fails what is only slow. */
const leastMs = 10_000;

const tooShort = `A busy machine takes what is only slow for a fault: wait ${leastMs / 1000} s or longer.`;
const none =
  'Vitest gives up after one second: take `waitFor` or `waitUntil` of test/support/wait-for.ts, or say a timeout.';

/** Tests wait for what comes by itself as long as a busy machine needs: `vi.waitFor`, `vi.waitUntil` and `expect.poll`. */
const enough = {
  create(context: Context) {
    const declared = new Map<string, Expression>();

    /** Milliseconds that the options say; null where they say none, undefined where they can’t be read here. */
    const timeoutOf = (options: Expression | undefined): number | null | undefined => {
      if (options === undefined) return null;
      if (options.type === 'TSAsExpression') return timeoutOf(options.expression);
      if (options.type === 'Literal') return Number(options.value);
      if (options.type === 'Identifier') {
        const found = declared.get(options.name ?? '');
        return found === undefined ? undefined : timeoutOf(found);
      }
      if (options.type !== 'ObjectExpression') return undefined;
      const { properties = [] } = options;
      const timeout = properties.find(({ key }) => key?.name === 'timeout')?.value;
      if (timeout !== undefined) return timeoutOf(timeout);
      return properties.some(({ type }) => type === 'SpreadElement') ? undefined : null;
    };

    return {
      VariableDeclarator({ id, init }: Declarator) {
        if (id.type === 'Identifier' && init !== null) declared.set(id.name ?? '', init);
      },
      CallExpression(node: Call) {
        const called = `${node.callee.object?.name}.${node.callee.property?.name}`;
        if (!['vi.waitFor', 'vi.waitUntil', 'expect.poll'].includes(called)) return;
        const timeoutMs = timeoutOf(node.arguments[1]);
        // The configs of Vitest say how long a poll may take.
        if (timeoutMs === null && called !== 'expect.poll') context.report({ node, message: none });
        if (typeof timeoutMs === 'number' && timeoutMs < leastMs) context.report({ node, message: tooShort });
      },
    };
  },
};

// The linter takes a plugin as the default export of its module.
// oxlint-disable-next-line import/no-default-export
export default { meta: { name: 'patience' }, rules: { enough } };

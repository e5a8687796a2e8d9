const start = '{"type":"relay"';

/** What the last of these records that says that older ones were cut says; undefined when none does. */
export function cutOf(lines: readonly string[]): { readonly size: number; readonly detail: string } | undefined {
  const line = lines.findLast((one) => one.startsWith(start) && one.includes('"event":"audit-cut"'));
  if (line === undefined) return undefined;
  const { event, detail } = JSON.parse(line) as { readonly event: string; readonly detail: string };
  const [, size] = /^Records 1 to (\d{1,15}) were cut/.exec(detail) ?? [];
  return event === 'audit-cut' && size !== undefined ? { size: Number(size), detail } : undefined;
}

import type { build as viteBuild, InlineConfig, Rollup } from 'vite';

/**
 * Builds what is shipped, whoever asks: Vite takes `NODE_ENV` from its process, which a test run sets, and would bundle the
 * libraries’ development code.
 * @returns absolute paths of all sources that went into it
 */
export async function buildForProduction(config: InlineConfig): Promise<readonly string[]> {
  // Loaded only where something is to be built: it takes longer than all the rest.
  const { build } = await import('vite');
  const before = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = 'production';
  try {
    return sourcesOf(await build(config));
  } finally {
    if (before === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = before;
  }
}

function sourcesOf(result: Awaited<ReturnType<typeof viteBuild>>): readonly string[] {
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((each) => ('output' in each ? each.output : []));
  const chunks = outputs.filter((each): each is Rollup.OutputChunk => each.type === 'chunk');
  return [...new Set(chunks.flatMap(({ moduleIds }) => moduleIds))].filter((id) => id.startsWith('/')).toSorted();
}

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

type Built = Awaited<ReturnType<typeof viteBuild>>;

/** The chunks of code that a build has made. */
export function chunksOf(result: Built): readonly Rollup.OutputChunk[] {
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((each) => ('output' in each ? each.output : []));
  return outputs.filter((each): each is Rollup.OutputChunk => each.type === 'chunk');
}

/** Absolute paths of all sources that went into a build, those of libraries included. */
export function sourcesOf(result: Built): readonly string[] {
  return [...new Set(chunksOf(result).flatMap(({ moduleIds }) => moduleIds))]
    .filter((id) => id.startsWith('/'))
    .toSorted();
}

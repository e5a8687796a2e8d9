import type { InlineConfig } from 'vite';

/**
 * Builds what is shipped, whoever asks: Vite takes `NODE_ENV` from its process, which a test run sets, and would bundle the
 * libraries’ development code.
 */
export async function buildForProduction(config: InlineConfig): Promise<void> {
  // Loaded only where something is to be built: it takes longer than all the rest.
  const { build } = await import('vite');
  const before = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = 'production';
  try {
    await build(config);
  } finally {
    if (before === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = before;
  }
}

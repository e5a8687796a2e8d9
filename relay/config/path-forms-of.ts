import type { PathForm } from '../../shared/canonical-path.ts';
import type { ApiConfig } from './config-schema.ts';

/** The spellings of paths that an API lets through; `allow_encoded_slash` is the older way to ask for one of them. */
export function pathFormsOf(api: Pick<ApiConfig, 'allow_encoded_slash' | 'paths'>): readonly PathForm[] {
  return api.allow_encoded_slash ? ['encoded-slash', ...api.paths.allow] : api.paths.allow;
}

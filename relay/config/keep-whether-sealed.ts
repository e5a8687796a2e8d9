import type { LoadedConfig } from './load-config.ts';

/**
 * Another config with what can’t change while the relay runs: whether there is a shared secret. Where it is gone, the one
 * before stays in force until the next start; where it is new, it counts from then on.
 */
export function keepWhetherSealed(before: LoadedConfig, next: LoadedConfig): LoadedConfig {
  const { secret, other_secret: other } = before.config.shared_state;
  if ((secret === undefined) === (next.config.shared_state.secret === undefined)) return next;
  const { secret: _secret, other_secret: _other, ...shared } = next.config.shared_state;
  const kept = { ...(secret === undefined ? {} : { secret }), ...(other === undefined ? {} : { other_secret: other }) };
  return { ...next, config: { ...next.config, shared_state: { ...shared, ...kept } } };
}

import type { Environment } from '../../shared/look.ts';
import { uiText } from '../messages/ui-text.ts';

const tones: Record<Environment, string> = {
  production: 'border-bad text-bad',
  staging: 'border-warning text-warning',
  test: 'border-edge text-mute',
  development: 'border-edge text-mute',
};

/** What a relay or an API is for: outlined, so that it isn't taken for what one may do there. */
export function EnvironmentBadge({ environment }: { environment: Environment | undefined }) {
  if (environment === undefined) return null;
  return (
    <span
      data-badge
      className={`inline-block shrink-0 rounded-md border px-1.5 align-middle text-xs font-medium whitespace-nowrap ${tones[environment]}`}
    >
      {uiText(`ui.environment.${environment}`)}
    </span>
  );
}

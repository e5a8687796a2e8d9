import { Badge } from '../../../ui/components/badge.tsx';
import { type ApiRule, ruleSentence } from './rule-words.ts';

/** The rules of an API in the order in which they are looked at, each as a sentence. */
export function ApiRules({ rules }: { rules: readonly ApiRule[] }) {
  if (rules.length === 0)
    return (
      <p className="text-mute">No rules: every request is denied. Rules stand under the API in the config file.</p>
    );
  return (
    <ol className="overflow-hidden rounded-xl border border-line bg-panel">
      {rules.map((rule) => (
        <li key={rule.name} className="grid gap-1 border-t border-line px-4 py-2.5 first:border-t-0">
          <p className="flex flex-wrap items-center gap-2">
            <Badge tone={rule.effect === 'allow' ? 'ok' : 'bad'}>{rule.effect}</Badge>
            <span className="min-w-0 font-medium break-words">{rule.name}</span>
          </p>
          <p className="break-words">{ruleSentence(rule)}</p>
          {rule.description !== null && <p className="text-sm break-words text-mute">{rule.description}</p>}
        </li>
      ))}
    </ol>
  );
}

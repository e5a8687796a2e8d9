import type { ManagedState } from '../../shared/managed/managed-state.ts';
import { policyProblemText } from '../../shared/managed/managed-text.ts';
import { text } from '../../shared/messages/text.ts';

/** What of IT’s settings can’t be used, and what is expected there; nothing when all can. */
export function PolicyProblems({ managed: { problems } }: { managed: ManagedState }) {
  if (problems.length === 0) return null;
  return (
    <section className="rounded-xl border border-line bg-warning-weak px-4 py-3">
      <h2 className="font-medium">{text('managed.problems')}</h2>
      <p className="text-sm text-mute">{text('managed.problems.text')}</p>
      <ul className="mt-2 grid gap-1.5 text-sm break-words">
        {problems.map(policyProblemText).map((words) => (
          <li key={words}>{words}</li>
        ))}
      </ul>
    </section>
  );
}

import { Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { UserProblem } from '../../shared/errors.ts';
import { formatAbsolute } from '../model/format.ts';
import { CopyTextButton } from './copy-button.tsx';
import { uiText } from '../messages/ui-text.ts';

/** What happened, why and what to do, with room for the one button that does it; code and ids fold out. */
export function ProblemCard({ problem, children }: { problem: UserProblem; children?: ReactNode }) {
  const wanted = problem.code === 'sign-in-cancelled';
  return (
    <div
      role={wanted ? 'status' : 'alert'}
      className={`flex max-w-2xl gap-3 rounded-xl border border-line p-3.5 text-start ${wanted ? 'bg-panel' : 'bg-bad-weak'}`}
    >
      {wanted ? (
        <Info aria-hidden className="mt-0.5 size-[18px] shrink-0 text-accent" />
      ) : (
        <TriangleAlert aria-hidden className="mt-0.5 size-[18px] shrink-0 text-bad" />
      )}
      <div className="grid min-w-0 flex-1 gap-1">
        <p className="font-semibold text-text">{problem.title}</p>
        <p className="text-sm break-words text-text">{problem.detail}</p>
        <p className="text-sm text-mute">{problem.hint}</p>
        {children !== undefined && <div className="mt-2 flex flex-wrap gap-2 empty:hidden">{children}</div>}
        <details className="mt-1 text-sm">
          <summary className="w-fit rounded text-mute hover:text-text">{uiText('ui.details')}</summary>
          <div className="mt-2 grid justify-items-start gap-2">
            <pre className="max-w-full font-mono text-xs break-all whitespace-pre-wrap text-text">
              {problemDetails(problem)}
            </pre>
            <CopyTextButton
              label={uiText('ui.details.copy')}
              text={`${problem.title}\n${problem.detail}\n${problemDetails(problem)}`}
            />
          </div>
        </details>
      </div>
    </div>
  );
}

function problemDetails({ code, requestId, atMs }: UserProblem): string {
  const request = requestId === undefined ? '' : `\nrequest ${requestId}`;
  return `code    ${code}${request}\nat      ${formatAbsolute(atMs)}`;
}

import { text } from '../../shared/messages/text.ts';
import { type Notice, type NoticeAction, Notices } from '../../ui/components/notices.tsx';
import { closeNotice, showScreen, type ToldNotice, useApp } from '../store/app-store.ts';
import { actionHere, doProblemAction } from '../store/do-problem-action.ts';

/** Short messages at the lower right; a failure has the one button that helps, and “What’s wrong?”. */
export function NoticeToasts() {
  const notices = useApp((state) => state.notices);
  return <Notices notices={notices.map(withActions)} onClose={closeNotice} />;
}

function withActions({ problem, retry, ...notice }: ToldNotice): Notice {
  return problem === undefined ? notice : { ...notice, actions: actionsFor(problem, retry) };
}

function actionsFor(problem: NonNullable<ToldNotice['problem']>, retry: ToldNotice['retry']): readonly NoticeAction[] {
  const action = actionHere(problem, retry !== undefined);
  const own = {
    label: text(`problem-action.${action}`),
    run: () => doProblemAction(action, problem, retry === undefined ? {} : { retry }),
  };
  const diagnosis = actionHere({ ...problem, code: 'no-network' }, false);
  if (action === 'diagnose' || diagnosis !== 'diagnose') return [own];
  return [own, { label: text('problem-action.diagnose'), run: () => showScreen('diagnostics') }];
}

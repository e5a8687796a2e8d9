import { text } from '../../shared/messages/text.ts';
import { type Notice, Notices } from '../../ui/components/notices.tsx';
import { closeNotice, type ToldNotice, useApp } from '../store/app-store.ts';
import { actionsHere, doProblemAction } from '../store/do-problem-action.ts';

/** Short messages at the lower right; a failure has the one button that helps, and “What’s wrong?”. */
export function NoticeToasts() {
  const notices = useApp((state) => state.notices);
  return <Notices notices={notices.map(withActions)} onClose={closeNotice} />;
}

function withActions({ problem, retry, ...notice }: ToldNotice): Notice {
  if (problem === undefined) return notice;
  const actions = actionsHere(problem, retry !== undefined).map((action) => ({
    label: text(`problem-action.${action}`),
    run: () => doProblemAction(action, problem, retry === undefined ? {} : { retry }),
  }));
  return actions.length === 0 ? notice : { ...notice, actions };
}

import { dialog } from 'electron';
import type { AskingProgram } from '../../client/app-link/serve-app.ts';
import { text } from '../../shared/messages/text.ts';
import { shownText } from '../../shared/shown-text.ts';

/**
 * Asks the person, in a window of the system's that no page and no other program can answer, whether their programs may
 * use the app. Anything but a yes is a no.
 */
export async function askConsent({ calledItself, pid, path }: AskingProgram): Promise<boolean> {
  const called = shownText(calledItself).slice(0, 60);
  const program =
    path === null ? called : text('link.program', { called, path: shownText(path).slice(0, 200), pid: String(pid) });
  const { response } = await dialog.showMessageBox({
    type: 'question',
    title: 'Causeway',
    message: text('link.question'),
    detail: text('link.detail', { program }),
    buttons: [text('link.no'), text('link.yes')],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  });
  return response === 1;
}

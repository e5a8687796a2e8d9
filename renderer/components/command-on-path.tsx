import { type CommandLink, commandLinkStep } from '../../shared/command-link.ts';
import { text } from '../../shared/messages/text.ts';
import { Button } from '../../ui/components/button.tsx';
import { SettingRow } from '../../ui/components/setting-row.tsx';
import { command } from '../store/commands.ts';

/** Whether terminals find the command line that came with the app, and the one thing that the person can do about it. */
export function CommandOnPath({ link }: { link: CommandLink }) {
  const step = commandLinkStep(link.state);
  return (
    <SettingRow name={text('command-line.title')} text={stateLine(link)} problem={link.problem}>
      {step !== null && (
        <Button onClick={() => command('command-line:set', { onPath: step === 'put' })}>
          {text(step === 'put' ? 'command-line.put' : 'command-line.take')}
        </Button>
      )}
    </SettingRow>
  );
}

function stateLine({ link, state, isFolderOnPath }: CommandLink): string {
  switch (state.status) {
    case 'none':
      return text('command-line.none');
    case 'ours':
      return isFolderOnPath
        ? text('command-line.ours', { link })
        : text('command-line.ours.not-listed', { link, folder: link.slice(0, link.lastIndexOf('/')) });
    case 'other-copy':
      return text('command-line.other-copy', { link, target: state.target });
    case 'gone':
      return text('command-line.gone', { link, target: state.target });
    case 'foreign':
      return state.target === null
        ? text('command-line.foreign', { link })
        : text('command-line.foreign.link', { link, target: state.target });
    case 'homebrew':
      return text('command-line.homebrew', { at: state.at });
    case 'not-installed':
      return text('command-line.not-installed');
  }
}

import { Command } from 'commander';
import { addCommands } from '../../relay/start/add-commands.ts';

/** How a command ended, all that it said, and what of it went wrong. */
export interface RanHere {
  readonly code: number;
  readonly said: string;
  readonly warned: string;
}

/** Runs the relay’s command line within this process, which needn’t load all of the relay once more; what fails is thrown. */
export async function runRelayCommandHere(words: readonly string[]): Promise<RanHere> {
  let [code, said, warned] = [0, '', ''];
  const program = new Command('causeway-relay').exitOverride();
  const finish = (exitCode: number): void => void (code = exitCode);
  const write = (text: string): void => void (said += text);
  const warn = (text: string): void => {
    said += text;
    warned += text;
  };
  addCommands(program, finish, write, warn);
  await program.parseAsync([...words], { from: 'user' });
  return { code, said, warned };
}

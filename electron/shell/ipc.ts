import { ipcMain } from 'electron';
import type { IpcResult } from '../../shared/ipc.ts';
import { requestChannels } from '../ipc-router.ts';
import type { SenderFrame } from '../trusted-sender.ts';

type Router = (frame: SenderFrame | null, channel: string, args: readonly unknown[]) => Promise<IpcResult<unknown>>;

/** Connects the listed channels, and only these, to the router. */
export function answerRequests(route: Router): void {
  for (const channel of requestChannels) {
    ipcMain.handle(channel, (event, ...args: readonly unknown[]) => route(event.senderFrame, channel, args));
  }
}

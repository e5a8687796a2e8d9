import { openWindow } from '../../../renderer/open-window.ts';
import { useApp } from '../../../renderer/store/app-store.ts';
import { type FakeBridgeInput, installFakeBridge } from './fake-bridge.ts';

/** What the page offers to tests: the whole window anew in another state, without loading the page again. */
export interface PreviewPage {
  show(input: FakeBridgeInput): void;
}

let closeWindow: (() => void) | null = null;

function show(input: FakeBridgeInput): void {
  closeWindow?.();
  useApp.setState(useApp.getInitialState(), true);
  installFakeBridge(input);
  const container = document.getElementById('root');
  if (container === null) throw new Error('The page has no root.');
  closeWindow = openWindow(container);
}

Object.assign(window, { previewPage: { show } satisfies PreviewPage });

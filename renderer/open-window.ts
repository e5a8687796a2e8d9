import { createElement, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { startMirror } from './store/mirror.ts';

/** Draws the window into an element and keeps it equal to the main process’ state; returns the function that ends both. */
export function openWindow(container: Element): () => void {
  const stopMirror = startMirror();
  const root = createRoot(container);
  root.render(createElement(StrictMode, null, createElement(App)));
  return () => {
    root.unmount();
    stopMirror();
  };
}

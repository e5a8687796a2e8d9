import { useLayoutEffect } from 'react';
import { bridge } from '../bridge.ts';
import { selectApi, showPalette, showScreen, showSearch, useApp } from '../store/app-store.ts';
import { currentProfileOf } from '../model/current-profile.ts';
import { screensFor } from './sidebar.tsx';

/**
 * Keys that work anywhere in the shell: Ctrl/Cmd+K opens the palette, Ctrl/Cmd+F searches the screen, or the APIs where it
 * has no search of its own, Ctrl/Cmd+1–6 changes the screen, Escape closes a panel.
 */
export function useShortcuts(): void {
  // Before the first paint: whoever sees the window can use its keys.
  useLayoutEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      const modifier = bridge().platform === 'darwin' ? event.metaKey : event.ctrlKey;
      if (modifier && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        showPalette();
      } else if (modifier && event.key.toLowerCase() === 'f') {
        event.preventDefault();
        if (!focusOwnSearch()) searchApis();
      } else if (modifier && /^[1-9]$/.test(event.key)) {
        const { snapshot } = useApp.getState();
        const profile = snapshot === null ? null : currentProfileOf(snapshot);
        const screen = profile === null ? undefined : screensFor(profile)[Number(event.key) - 1];
        if (screen !== undefined) showScreen(screen.id);
      } else if (event.key === 'Escape') {
        closePanel();
      }
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);
}

/** Puts the focus into the search field of the screen; false where there is none. */
function focusOwnSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>('main [role="searchbox"]');
  field?.focus();
  field?.select();
  return field !== null;
}

/** A page that stands instead of the list makes room for it. */
function searchApis(): void {
  selectApi(null);
  showSearch();
}

function closePanel(): void {
  const { selectedApi, selectedRequest } = useApp.getState();
  if (selectedApi !== null) {
    selectApi(null);
    focusOpener(`api-${selectedApi}`);
  } else if (selectedRequest !== null) {
    useApp.setState({ selectedRequest: null });
    focusOpener(`request-${selectedRequest}`);
  }
}

/** Puts the focus back on what opened a panel, once it is there again. */
function focusOpener(id: string): void {
  requestAnimationFrame(() => document.getElementById(id)?.focus());
}

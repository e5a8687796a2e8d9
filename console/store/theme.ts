import { create } from 'zustand';

export type Theme = 'system' | 'light' | 'dark';

const key = 'causeway-theme';

function keptTheme(): Theme {
  const kept = localStorage.getItem(key);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

export const useTheme = create<{ readonly theme: Theme }>()(() => ({ theme: keptTheme() }));

/** Gives the page the colours that this browser was asked for; those of the system otherwise. */
export function applyTheme(): void {
  document.documentElement.dataset['theme'] = useTheme.getState().theme;
}

/** Chooses the colours, from now on in this browser. */
export function chooseTheme(theme: Theme): void {
  localStorage.setItem(key, theme);
  useTheme.setState({ theme });
  applyTheme();
}

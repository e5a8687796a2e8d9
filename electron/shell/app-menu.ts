import { Menu, type MenuItemConstructorOptions } from 'electron';
import type { IpcEvents } from '../../shared/ipc.ts';

export interface AppMenuActions {
  readonly show: (place: IpcEvents['app:did-request']['show']) => void;
  readonly quit: () => void;
  readonly devTools: boolean;
}

/** The application menu with each platform's own places and shortcuts. */
export function installAppMenu({ show, quit, devTools }: AppMenuActions): void {
  const mac = process.platform === 'darwin';
  const settings: MenuItemConstructorOptions = {
    id: 'settings',
    label: mac ? 'Settings…' : 'Settings',
    accelerator: 'CommandOrControl+,',
    click: () => show('settings'),
  };
  const quitItem: MenuItemConstructorOptions = {
    id: 'quit',
    label: mac ? 'Quit Causeway' : 'Quit',
    accelerator: 'CommandOrControl+Q',
    click: quit,
  };
  const template: MenuItemConstructorOptions[] = [
    ...(mac
      ? [
          {
            label: 'Causeway',
            submenu: [
              { role: 'about' as const },
              { type: 'separator' as const },
              settings,
              { type: 'separator' as const },
              { role: 'hide' as const },
              { role: 'hideOthers' as const },
              { role: 'unhide' as const },
              { type: 'separator' as const },
              quitItem,
            ],
          },
        ]
      : []),
    {
      label: '&File',
      submenu: [
        { id: 'sign-in', label: 'Sign in to a relay…', click: () => show('sign-in') },
        { type: 'separator' },
        { role: 'close' },
        ...(mac ? [] : [settings, { type: 'separator' as const }, quitItem]),
      ],
    },
    {
      label: '&Edit',
      submenu: [
        { role: 'undo' },
        { role: 'redo' },
        { type: 'separator' },
        { role: 'cut' },
        { role: 'copy' },
        { role: 'paste' },
        { role: 'selectAll' },
        { type: 'separator' },
        { id: 'search', label: 'Search', accelerator: 'CommandOrControl+K', click: () => show('search') },
      ],
    },
    {
      label: '&View',
      submenu: [
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
        ...(devTools ? [{ type: 'separator' as const }, { role: 'toggleDevTools' as const }] : []),
      ],
    },
    { label: '&Window', submenu: [{ role: 'minimize' }, ...(mac ? [{ role: 'zoom' as const }] : [])] },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}

import { Menu, type MenuItemConstructorOptions } from 'electron';
import { text } from '../../shared/messages/text.ts';

export interface AppMenuActions {
  readonly show: (place: 'search' | 'palette' | 'settings' | 'sign-in') => void;
  readonly quit: () => void;
  readonly devTools: boolean;
}

/** The application menu with each platform's own places and shortcuts. */
export function installAppMenu({ show, quit, devTools }: AppMenuActions): void {
  const mac = process.platform === 'darwin';
  const settings: MenuItemConstructorOptions = {
    id: 'settings',
    label: mac ? text('menu.settings.mac') : text('menu.settings'),
    accelerator: 'CommandOrControl+,',
    click: () => show('settings'),
  };
  const quitItem: MenuItemConstructorOptions = {
    id: 'quit',
    label: mac ? text('menu.quit.mac') : text('menu.quit'),
    accelerator: 'CommandOrControl+Q',
    click: quit,
  };
  const template: MenuItemConstructorOptions[] = [
    ...(mac
      ? [
          {
            label: 'Causeway',
            submenu: [
              item('about'),
              { type: 'separator' as const },
              settings,
              { type: 'separator' as const },
              item('hide'),
              item('hideOthers'),
              item('unhide'),
              { type: 'separator' as const },
              quitItem,
            ],
          },
        ]
      : []),
    {
      label: text('menu.file'),
      submenu: [
        { id: 'sign-in', label: text('menu.sign-in'), click: () => show('sign-in') },
        { type: 'separator' },
        item('close'),
        ...(mac ? [] : [settings, { type: 'separator' as const }, quitItem]),
      ],
    },
    {
      label: text('menu.edit'),
      submenu: [
        item('undo'),
        item('redo'),
        { type: 'separator' },
        item('cut'),
        item('copy'),
        item('paste'),
        item('selectAll'),
        { type: 'separator' },
        { id: 'search', label: text('menu.search'), accelerator: 'CommandOrControl+F', click: () => show('search') },
        {
          id: 'palette',
          label: text('palette.title'),
          accelerator: 'CommandOrControl+K',
          click: () => show('palette'),
        },
      ],
    },
    {
      label: text('menu.view'),
      submenu: [
        item('resetZoom'),
        item('zoomIn'),
        item('zoomOut'),
        { type: 'separator' },
        item('togglefullscreen'),
        ...(devTools
          ? [{ type: 'separator' as const }, { role: 'toggleDevTools' as const, label: text('menu.developer-tools') }]
          : []),
      ],
    },
    { label: text('menu.window'), submenu: [item('minimize'), ...(mac ? [item('zoom')] : [])] },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}

type Role = Extract<
  MenuItemConstructorOptions['role'],
  | 'about'
  | 'close'
  | 'copy'
  | 'cut'
  | 'hide'
  | 'hideOthers'
  | 'minimize'
  | 'paste'
  | 'redo'
  | 'resetZoom'
  | 'selectAll'
  | 'togglefullscreen'
  | 'undo'
  | 'unhide'
  | 'zoom'
  | 'zoomIn'
  | 'zoomOut'
>;

/** What the system does itself, in the app's language: Electron's own labels are English everywhere. */
function item(role: Role): MenuItemConstructorOptions {
  return { role, label: text(`menu.${role}`) };
}

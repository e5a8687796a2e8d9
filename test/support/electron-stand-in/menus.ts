import { EventEmitter } from 'node:events';
import { onTrigger, record } from './control.ts';

type Template = readonly (Electron.MenuItemConstructorOptions | Electron.MenuItem)[];

/** Electron's `Menu` and `Tray`: hold the items, and a spec clicks them by id. */
export class Menu {
  static application: Menu | null = null;
  readonly template: Template;

  constructor(template: Template = []) {
    this.template = template;
  }

  static buildFromTemplate(template: Template): Menu {
    return new Menu(template);
  }

  static setApplicationMenu(menu: Menu | null): void {
    Menu.application = menu;
    record('Menu.setApplicationMenu', menu === null ? null : plain(menu.template));
  }
}

export class Tray extends EventEmitter implements Pick<Electron.Tray, 'setToolTip' | 'destroy'> {
  static current: Tray | null = null;
  menu: Menu | null = null;

  constructor(image: unknown) {
    super();
    Tray.current = this;
    record('Tray', image);
  }

  setImage(image: unknown): void {
    record('Tray.setImage', image);
  }

  setToolTip(toolTip: string): void {
    record('Tray.setToolTip', toolTip);
  }

  setContextMenu(menu: Menu | null): void {
    this.menu = menu;
    record('Tray.setContextMenu', menu === null ? null : plain(menu.template));
  }

  destroy(): void {
    record('Tray.destroy');
  }
}

/** Electron's `nativeImage`: knows where the picture came from. */
export const nativeImage = {
  createFromBitmap: (pixels: Buffer, { width, height }: { width: number; height: number }) => {
    if (pixels.length !== width * height * 4) throw new Error('The bitmap has another size');
    return { width, height };
  },
  createFromPath: (path: string) => ({ path, setTemplateImage: () => {} }),
};

function plain(template: Template): unknown {
  return template.map(({ id, label, type, checked, enabled, accelerator, role, submenu }) => ({
    id,
    label,
    type,
    checked,
    enabled,
    accelerator,
    role,
    ...(Array.isArray(submenu) ? { submenu: plain(submenu) } : {}),
  }));
}

function click(template: Template, id: string): boolean {
  for (const item of template) {
    if (item.id === id && item.click !== undefined) {
      (item.click as () => void)();
      return true;
    }
    if (Array.isArray(item.submenu) && click(item.submenu, id)) return true;
  }
  return false;
}

function clickOrFail(menu: Menu | null | undefined, id: string): void {
  if (menu === null || menu === undefined || !click(menu.template, id)) throw new Error(`No menu item “${id}”.`);
}

onTrigger('tray', ({ itemId }) => clickOrFail(Tray.current?.menu, itemId));
onTrigger('tray-click', () => Tray.current?.emit('click'));
onTrigger('menu', ({ itemId }) => clickOrFail(Menu.application, itemId));

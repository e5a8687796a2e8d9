import { Menu, Tray, nativeImage } from 'electron';
import type { TrayApi, TrayModel } from '../tray-model.ts';

export interface TrayActions {
  readonly open: () => void;
  readonly toggle: (api: TrayApi) => void;
  readonly quit: () => void;
}

export interface AppTray {
  show(model: TrayModel): void;
  close(): void;
}

/** The tray icon; draws the model it is shown and does nothing when nothing changed. */
export function createTray(iconsDir: string, actions: TrayActions): AppTray {
  const icon = (model: TrayModel) => {
    // macOS colours template images by itself, for light, dark and selected menu bars.
    const name = process.platform === 'darwin' ? `tray-${model.status}-Template.png` : `tray-${model.status}.png`;
    const image = nativeImage.createFromPath(`${iconsDir}/${name}`);
    if (process.platform === 'darwin') image.setTemplateImage(true);
    return image;
  };
  let tray: Tray | null = null;
  let shown = '';
  return {
    show: (model) => {
      const key = JSON.stringify(model);
      if (key === shown) return;
      shown = key;
      tray ??= newTray(icon(model), actions.open);
      tray.setImage(icon(model));
      tray.setToolTip(`Causeway: ${model.line}`);
      tray.setContextMenu(
        Menu.buildFromTemplate([
          { id: 'status', label: model.line, enabled: false },
          { type: 'separator' },
          ...model.apis.map((api) => ({
            id: `api:${api.profileId}:${api.api}`,
            label: api.label,
            type: 'checkbox' as const,
            checked: api.on,
            click: () => actions.toggle(api),
          })),
          ...(model.apis.length > 0 ? [{ type: 'separator' as const }] : []),
          { id: 'open', label: 'Open Causeway', click: actions.open },
          { id: 'quit', label: 'Quit Causeway', click: actions.quit },
        ]),
      );
    },
    close: () => {
      tray?.destroy();
      tray = null;
    },
  };
}

function newTray(image: Electron.NativeImage, open: () => void): Tray {
  const tray = new Tray(image);
  tray.on('click', open);
  return tray;
}

import { Menu, Tray, nativeImage } from 'electron';
import { text } from '../../shared/messages/text.ts';
import type { LookColor } from '../../shared/look.ts';
import { colourDot } from '../colour-dot.ts';
import type { TrayApi, TrayModel, TrayRelay, TrayStatus } from '../tray-model.ts';

export interface TrayActions {
  readonly open: () => void;
  readonly toggle: (api: TrayApi) => void;
  readonly connectAll: (profileId: string, apis: readonly string[]) => void;
  readonly copy: (address: string) => void;
  readonly pause: (profileId: string) => void;
  readonly resume: (profileId: string) => void;
  readonly signIn: (profileId: string) => void;
  readonly restartForUpdate: () => void;
  readonly downloadUpdate: () => void;
  readonly quit: () => void;
}

export interface AppTray {
  show(model: TrayModel): void;
  close(): void;
}

type Item = Electron.MenuItemConstructorOptions;

const line: Item = { type: 'separator' };

/** The tray icon; draws the model it is shown and does nothing when nothing changed. */
export function createTray(iconsDir: string, actions: TrayActions): AppTray {
  const icon = ({ status }: TrayModel) => {
    const picture: Exclude<TrayStatus, 'paused'> = status === 'paused' ? 'idle' : status;
    // macOS colours template images by itself, for light, dark and selected menu bars.
    const name = process.platform === 'darwin' ? `tray-${picture}-Template.png` : `tray-${picture}.png`;
    const image = nativeImage.createFromPath(`${iconsDir}/${name}`);
    if (process.platform === 'darwin') image.setTemplateImage(true);
    return image;
  };
  let tray: Tray | null = null;
  let shown = '';
  return {
    show: (model) => {
      const { update } = model;
      const last: readonly Item[] = [
        ...(update === null
          ? []
          : [
              {
                id: 'update',
                label: update.label,
                click: update.does === 'restart' ? actions.restartForUpdate : actions.downloadUpdate,
              },
            ]),
        { id: 'open', label: text('tray.open'), click: actions.open },
        { id: 'quit', label: text('tray.quit'), click: actions.quit },
      ];
      const key = JSON.stringify([model, last]);
      if (key === shown) return;
      shown = key;
      tray ??= newTray(icon(model), actions.open);
      tray.setImage(icon(model));
      tray.setToolTip(text('tray.tooltip', { line: model.line }));
      tray.setContextMenu(Menu.buildFromTemplate([...relayItems(model, actions), ...last]));
    },
    close: () => {
      tray?.destroy();
      tray = null;
    },
  };
}

/** One relay's items stand in the menu itself; several relays have a submenu each, under the state of all. */
function relayItems({ line: head, relays }: TrayModel, actions: TrayActions): readonly Item[] {
  const [only, ...others] = relays;
  const status: Item = {
    id: 'status',
    label: only !== undefined && others.length === 0 ? only.label : head,
    enabled: false,
  };
  if (only === undefined) return [status, line];
  if (others.length === 0) return [status, line, ...itemsOf(only, actions)];
  const submenus = relays.map((relay): Item => ({
    id: `relay:${relay.profileId}`,
    label: relay.label,
    ...(relay.color === null ? {} : { icon: dotOf(relay.color) }),
    submenu: [...withoutLastLine(itemsOf(relay, actions))],
  }));
  return [status, line, ...submenus, line];
}

function dotOf(color: LookColor): Electron.NativeImage {
  const { pixels, size } = colourDot(color);
  return nativeImage.createFromBitmap(pixels, { width: size, height: size });
}

function withoutLastLine(items: readonly Item[]): readonly Item[] {
  return items.at(-1) === line ? items.slice(0, -1) : items;
}

/** What can be done with one relay, each group with a line under it. */
function itemsOf(relay: TrayRelay, actions: TrayActions): readonly Item[] {
  const { profileId } = relay;
  const toggles = relay.apis.map((api): Item => ({
    id: `api:${api.profileId}:${api.api}`,
    label: api.label,
    type: 'checkbox',
    checked: api.on,
    click: () => actions.toggle(api),
  }));
  const addresses = relay.addresses.map(({ api, label, address }): Item => ({
    id: `copy:${profileId}:${api}`,
    label,
    click: () => actions.copy(address),
  }));
  const acts: readonly Item[] = [
    ...(relay.toConnect.length > 0
      ? [
          {
            id: `connect-all:${profileId}`,
            label: text('tray.connect-favourites'),
            click: () => actions.connectAll(profileId, relay.toConnect),
          },
        ]
      : []),
    ...(addresses.length > 0 ? [{ id: `copy:${profileId}`, label: text('tray.copy'), submenu: addresses }] : []),
    ...(relay.canPause
      ? [{ id: `pause:${profileId}`, label: text('tray.pause'), click: () => actions.pause(profileId) }]
      : []),
    ...(relay.canResume
      ? [{ id: `resume:${profileId}`, label: text('tray.resume'), click: () => actions.resume(profileId) }]
      : []),
    ...(relay.needsSignIn
      ? [{ id: `sign-in:${profileId}`, label: text('tray.sign-in'), click: () => actions.signIn(profileId) }]
      : []),
  ];
  return [toggles, acts].flatMap((group) => (group.length === 0 ? [] : [...group, line]));
}

function newTray(image: Electron.NativeImage, open: () => void): Tray {
  const tray = new Tray(image);
  tray.on('click', open);
  return tray;
}

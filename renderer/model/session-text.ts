import type { Catalog } from '../../shared/catalog.ts';
import type { OwnSession } from '../../shared/own-session.ts';
import { shownText } from '../../shared/shown-text.ts';
import { apiName } from './current-profile.ts';
import { joinNames } from '../../ui/model/format.ts';
import { text } from '../../shared/messages/text.ts';

const mostApisNamed = 4;

/** What the person calls the device, or else its client. */
export function deviceName({ device }: Pick<OwnSession, 'device'>): string {
  return shownText(device.name).trim() || text('sessions.nameless');
}

/** What its client calls the device, also where the person calls it otherwise. */
export function ownDeviceName({ device }: Pick<OwnSession, 'device'>): string {
  return deviceName({ device: { ...device, name: device.ownName ?? device.name } });
}

/** System and app of a session: `Windows 11, Causeway 0.1.0`. */
export function deviceFacts({ device }: Pick<OwnSession, 'device'>): string {
  const { ownName, system, appVersion } = device;
  const calls = ownName === undefined ? '' : text('session-names.own', { name: ownDeviceName({ device }) });
  return [calls, shownText(system).trim(), text('sessions.app-version', { version: shownText(appVersion) })]
    .filter((fact) => fact !== '')
    .join(', ');
}

/** Where its tunnels came from, last first: `203.0.113.9`, `203.0.113.9 and 2 other addresses`. */
export function addressText(addresses: readonly string[]): string | null {
  const [last, ...more] = addresses;
  if (last === undefined) return null;
  return more.length === 0 ? last : text('sessions.addresses', { last, count: more.length });
}

/** The APIs that it used, by the names that people know: `Used Orders and Inventory`. */
export function usedApisText(apis: readonly string[], catalog: Catalog | null): string {
  if (apis.length === 0) return text('sessions.used-none');
  const names = apis.slice(0, mostApisNamed).map((api) => apiName(catalog, api));
  const left = apis.length - names.length;
  const all = left === 0 ? names : [...names, text('sessions.more', { count: left })];
  return text('sessions.used', { apis: joinNames(all, 'and') });
}

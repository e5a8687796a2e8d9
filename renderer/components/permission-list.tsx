import { Check, X } from 'lucide-react';
import type { Permission } from '../../shared/catalog.ts';
import { joinNames } from '../../ui/model/format.ts';
import { text } from '../../shared/messages/text.ts';
import { permissionText } from '../model/permission-text.ts';

/** Whether the groups are worth a line: the relay's own words often name them already. */
function namesWhatUnlocks({ text: said, unlockedBy }: Permission): boolean {
  return unlockedBy.some((group) => !said.includes(group));
}

/** What the policy lets me do with an API and what not, in its own words, with the groups that would lift a no. */
export function PermissionList({ permissions }: { permissions: readonly Permission[] }) {
  if (permissions.length === 0) return <p className="text-mute">{text('access.no-rules')}</p>;
  return (
    <ul className="grid gap-[5px]">
      {permissions.map((permission) => (
        <li key={`${permission.effect} ${permission.rule} ${permission.text}`} className="flex gap-2">
          {permission.effect === 'allow' ? (
            <Check aria-hidden className="mt-0.5 size-4 shrink-0 text-ok" />
          ) : (
            <X aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
          )}
          <span className="min-w-0 break-words">
            <span className="sr-only">{text(`access.effect.${permission.effect}`)} </span>
            {permissionText(permission)}
            {namesWhatUnlocks(permission) && (
              <span className="block text-sm text-mute">
                {text('access.needs', {
                  count: permission.unlockedBy.length,
                  groups: joinNames(permission.unlockedBy, 'or'),
                })}
              </span>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}

const ending = / \((?:service, )?(?:admin API|console)\)$/;

/** How a person or service of a provider reached the operators’ port. */
export type AdminWay = 'admin API' | 'console';

/** How records name a person or service of a provider who acts at the operators’ port. */
export function adminCallerName(
  { username, kind }: { readonly username: string; readonly kind: string },
  way: AdminWay = 'admin API',
): string {
  return kind === 'service' ? `${username} (service, ${way})` : `${username} (${way})`;
}

/** Whether a name in a record is one that {@link adminCallerName} made. */
export function isAdminCaller(name: string): boolean {
  return ending.test(name);
}

/** All that records may call a person or service of a provider who acts. */
export function actorNamesOf(username: string): readonly string[] {
  const ways: readonly AdminWay[] = ['admin API', 'console'];
  const kinds = ['person', 'service'];
  return [username, ...ways.flatMap((way) => kinds.map((kind) => adminCallerName({ username, kind }, way)))];
}

/** The user name in it; any other name as it is. */
export function usernameOfActor(name: string): string {
  return name.replace(ending, '');
}

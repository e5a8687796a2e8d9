const ending = / \((?:service, )?admin API\)$/;

/** How records name a person or service of a provider who acts by the admin API. */
export function adminCallerName({ username, kind }: { readonly username: string; readonly kind: string }): string {
  return kind === 'service' ? `${username} (service, admin API)` : `${username} (admin API)`;
}

/** Whether a name in a record is one that {@link adminCallerName} made. */
export function isAdminCaller(name: string): boolean {
  return ending.test(name);
}

/** The user name in it; any other name as it is. */
export function usernameOfActor(name: string): string {
  return name.replace(ending, '');
}

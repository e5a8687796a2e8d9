
/** Older relays understand only what names an `account`: to them an invitation is nothing. */
function fieldsOf(emergency: Emergency): Record<string, string> {
  const atMs = String(emergency.atMs);
  return isInvitation(emergency)
    ? { invited: emergency.account, by: emergency.by, atMs }
    : { account: emergency.account, atMs };
}

function emergencyOf({ invited, account, by, ...fields }: Readonly<Record<string, string>>): Emergency | undefined {
  const atMs = Number(fields['atMs']);
  return invited === undefined
    ? emergencySignInSchema.safeParse({ account, atMs }).data
    : emergencyInvitationSchema.safeParse({ account: invited, by, atMs }).data;
}

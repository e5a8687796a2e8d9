/** What a rule allows or not, from its parts. */
export const permission = {
  'permission.allow': '{verbs}: {places}',
  'permission.allow-step-up': '{verbs}: {places} (sign in again)',
  'permission.deny': '{verbs}, not allowed: {places}',
  'permission.missing':
    '{verbs}: {places} (needs {count, plural, one {the group {groups}} other {one of the groups {groups}}})',
  'permission.verb.read': 'read',
  'permission.verb.write': 'write',
  'permission.verb.create': 'create',
  'permission.verb.post': 'post',
  'permission.verb.change': 'change',
  'permission.verb.delete': 'delete',
  'permission.verb.listen': 'listen',
  'permission.verb.other': '{method} requests',
  'permission.place.everything': 'everything',
  'permission.place.under': 'everything under {path}',
  'permission.place.at': '{path}',
  'permission.place.like': 'paths like {path}',
} as const;

/** What the sign-in service did, in the single case. */
export const provider = {
  'provider.step.settings': 'reading its settings',
  'provider.step.start': 'starting the sign-in',
  'provider.step.finish': 'finishing the sign-in',
  'provider.step.renew': 'renewing',
  'provider.step.service': 'signing the service in',
  'provider.step.sign-out': 'signing out',
  'provider.says': '{host} says {words}.',
  'provider.code': '{host} no longer accepts the sign-in’s code: {words}.',
  'provider.failed-why': '{host} failed while {step}: {why}.',
  'provider.client': '{host} doesn’t accept Causeway’s client while {step} (HTTP {status}).',
  'provider.late': '{host} doesn’t answer in time while {step}.',
  'provider.unusable': '{host} gives no usable answer while {step}.',
  'provider.unusable-kind': '{host} gives no usable answer while {step} ({kind}).',
  'provider.clock': '{host} issued a sign-in whose times don’t fit this computer’s clock ({now}).',
  'provider.name': '{host} names itself otherwise than the relay does.',
  'provider.failed': '{host} failed while {step}.',
} as const;

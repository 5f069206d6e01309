// Permissions as the outside sees them: states, why they ended, and the two logs that Reg. (EU) 2023/1162 wants a customer to have. Node rooms only.

/** requested → granted | refused; granted → revoked (by the customer) | terminated (by the ESP) | expired (by time) | withdrawn (by the access register). */
export const PERMISSION_STATES = [
  'requested',
  'granted',
  'refused',
  'revoked',
  'terminated',
  'expired',
  'withdrawn',
] as const
export type PermissionState = (typeof PERMISSION_STATES)[number]

/**
 * Why it ended, beside who ended it. asked: because somebody wanted it. replaced: a newer version of the service was subscribed to. terms-ended: the terms
 * of use are not accepted any more. service-withdrawn, esp-expelled: by the operator. lifetime, unanswered: time. The others: what the market said.
 */
export const END_CAUSES = [
  'asked',
  'replaced',
  'terms-ended',
  'service-withdrawn',
  'esp-expelled',
  'lifetime',
  'unanswered',
  'holder-changed',
  'switch',
  'move',
  'contract-end',
] as const
export type EndCause = (typeof END_CAUSES)[number]

// Settings under which a gateway takes what comes as fast as it comes: tests and benchmarks come faster than any dongle. Those of the rates
// themselves say which they mean.

import { GATEWAY_SETTINGS } from '../../gateway/config.ts'

const MANY = 1_000_000

export const NO_RATES = {
  connectsPerSecond: MANY,
  connectsBurst: MANY,
  strangerConnectsPerSecond: MANY,
  strangerConnectsBurst: MANY,
  messagesPerSecond: MANY,
  messagesBurst: MANY,
  guestMessagesPerSecond: MANY,
  guestMessagesBurst: MANY,
}

/** The same for a process. */
export const NO_RATES_ENVIRONMENT = Object.fromEntries(
  Object.entries(NO_RATES).map(([key, value]) => [GATEWAY_SETTINGS[key as keyof typeof NO_RATES].name, `${value}`]),
)

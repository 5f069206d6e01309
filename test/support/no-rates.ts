// Settings under which a gateway takes what comes as fast as it comes: tests and benchmarks come faster than any dongle. Those of the rates
// themselves say which they mean.

const MANY = 1_000_000

export const NO_RATES = {
  connectsPerSecond: MANY,
  connectsBurst: MANY,
  strangerConnectsPerSecond: MANY,
  strangerConnectsBurst: MANY,
  messagesPerSecond: MANY,
  messagesBurst: MANY,
}

// Functions that run at start only, or rarely: what only they need moves inside them (sink.ts) and takes memory while they
// run. The price is the engine's time to step over the moved text at each call, about 0.17 M instructions a kB: nothing
// that runs with every telegram or every second belongs here.

export const COLD: Record<string, string[]> = {
  'at start': ['tendPages', 'nextBoot', 'openRing', 'openJournal', 'keepOldLosses'],
  'with each connection': ['connect', 'greet', 'takeChallenge', 'waitForTurn', 'closeLink'],
  'with each batch': ['append', 'encodeBatch', 'sendBatches'],
  'with each message to the gateway': ['publish'],
  'with each packet and message from the gateway': ['onPacket', 'onMessage'],
  'now and then': ['report', 'makeStatus', 'takeCommand'],
  'when the telegram changes its form': ['searchReading'],
  'when a sector or slot is full or damaged': ['advance', 'freeSector', 'replaceDamaged', 'openSlot'],
}

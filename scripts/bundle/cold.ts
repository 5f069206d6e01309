// Functions that run at start only, or rarely: what only they need moves inside them (sink.ts) and takes memory while they
// run. The price is the engine's time to step over the moved text at each call, about 0.17 M instructions a kB: nothing
// that runs with every telegram or every second belongs here.

/**
 * These are called through one function (door.ts), which is cold: what only they need, most of the session, lives while one of them runs. Each
 * call pays for the text of what its occasion needs, so what a second or a telegram brings is looked at before, outside, and what has many
 * steps (a readout's long way) is not here. The usual occasions come first: they are chosen sooner, and pay less for the others (door-shares.ts).
 */
export const DOOR = [
  'append',
  'encodeOn',
  'startColumns',
  'onMessage',
  'onTick',
  'sendBatches',
  'linkReceive',
  'onOther',
  'tendRing',
  'takeLoss',
  'settleText',
  'takeReading',
  'hasFields',
  'isSummerTime',
  'tendPages',
  'linkHear',
  'tendSlots',
  'openSlot',
  'openRing',
  'openJournal',
  'closeLink',
  'fail',
  'linkNetwork',
  'ladderHear',
  'ladderDue',
  'spotsOf',
  'backoffMs',
  'ladderNetworks',
  'keepAll',
  'lockConsole',
]

export const COLD: Record<string, string[]> = {
  'with each batch': ['lossNumbers'],
  'at start': ['tendPages', 'nextBoot', 'openRing', 'keepOldLosses'],
  'with each connection': ['connect', 'greet', 'takeChallenge', 'closeLink'],
  'with each packet from the gateway': ['onPacket'],
  'now and then': ['report', 'makeStatus', 'nowLine', 'takeCommand'],
  'when the telegram changes its form': ['longWay'],
  'when a column jumps': ['putCheapest'],
  'when a sector or slot is full or damaged': ['advance', 'replaceDamaged', 'openSlot'],
  'once a second while a full ring is thinned': ['thinOn'],
}

/**
 * These stay functions of their own though only one place calls them: inside it their text would be stepped over each time that they are
 * not called, or be read twice when they are (0.17 M instructions a kB), where batches are encoded and telegrams read.
 */
export const OUT_OF_LINE = [
  'writeColumn',
  'putCheapest',
  'columnOf',
  'longWay',
  'stepReading',
  'weighReading',
  'beginLines',
  'readRest',
  'endSearch',
  'openSocket',
  'look',
  'feed',
  'isRubbish',
  'sealed',
  'wideHead',
  'mqttPublish',
  'append',
  'followReading',
  'addReading',
  'scannerGuess',
]

/** What a start calls and nobody afterwards: it is let go when the script has run (once.ts). */
export const ONCE = ['run', 'openUplink', 'openRegion']

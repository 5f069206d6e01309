// Every way in which making a dongle can fail: a stable code and the class that gives the exit code. What is said of each stands in
// installer/text, in four languages; docs/installing.md shows the English.

/** Exit codes of `nrt flash` and `nrt label`; 0 and 1 are as everywhere (done; in a batch: some board failed). */
export const EXIT_CODES = { question: 2, port: 3, chip: 4, flash: 5, selftest: 6, backend: 7, label: 8 } as const

type TroubleClass = keyof typeof EXIT_CODES

export const TROUBLES = {
  'config.unreadable': 'question',
  'regions.overlap': 'question',
  'engine.missing': 'question',
  'engine.unpinned': 'question',
  'engine.hash': 'question',
  'engine.malformed': 'question',
  'engine.other-chip': 'question',
  'engine.version': 'question',
  'engine.layout': 'question',
  'bundle.missing': 'question',
  'networks.unreadable': 'question',
  'journal.unusable': 'question',
  'key.missing': 'question',
  'port.none': 'port',
  'port.many': 'port',
  'port.unknown': 'port',
  'port.busy': 'port',
  'port.denied': 'port',
  'port.lost': 'port',
  'chip.silent': 'chip',
  'chip.stopped': 'chip',
  'chip.garbled': 'chip',
  'chip.wrong': 'chip',
  'chip.small': 'chip',
  'chip.other-dongle': 'chip',
  'chip.foreign-identity': 'chip',
  'flash.refused': 'flash',
  'flash.differs': 'flash',
  'engine.absent': 'chip',
  'engine.locked': 'chip',
  'engine.refused': 'flash',
  'selftest.silent': 'selftest',
  'selftest.failed': 'selftest',
  'backend.bad-address': 'question',
  'backend.unreachable': 'backend',
  'backend.refused': 'backend',
  'dongle.bad-id': 'question',
  'label.no-place': 'label',
  'label.unwritten': 'label',
  'internal.broken': 'flash',
} as const satisfies { [code: string]: TroubleClass }

export type TroubleCode = keyof typeof TROUBLES

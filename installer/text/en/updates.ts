// English: why an update went no further, by the codes that dongles and rollouts give (shared/update/states.ts, docs/updates.md).

export const updates = {
  forged: 'refused: the order is not from this dongle’s own backend',
  replayed: 'refused: the order is an old one, a newer one was taken before',
  malformed: 'refused: the manifest cannot be read',
  'other-board': 'refused: the release is for another board',
  'other-engine': 'refused: the release needs another engine; flash the dongle anew',
  'other-map': 'refused: the release is for another layout of the flash',
  'too-large': 'refused: the program is longer than its place',
  'below-floor': 'refused: the release is older than this dongle still takes',
  'not-newer': 'refused: the dongle has this version or a newer one',
  busy: 'refused: another update is on trial',
  hash: 'failed: what arrived is cut short or altered',
  flash: 'failed: the memory did not take it',
  withdrawn: 'failed: it was taken back while it was loaded',
  crashed: 'went back: the new program ended again and again',
  unhealthy: 'went back: the new program was not well in time',
  damaged: 'one of the two places in flash is damaged; the other one runs',
  'no-updater': 'cannot be updated over the air; flash the dongle anew',
  'too-many-failed': 'too many dongles failed; ended for good',
  'too-many-silent': 'too many dongles fell silent; look at them, then resume or cancel',
  'same-person': 'refused: two people are needed',
}

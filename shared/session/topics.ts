// MQTT topics of wire version 1, built and parsed here only. A dongle publishes to `up` and reads `down`, nothing else.

import { isDongleId } from '../kernel/ids.ts'

export function upTopic(dongleId: string): string {
  return 'nrt/1/' + dongleId + '/up'
}

export function downTopic(dongleId: string): string {
  return 'nrt/1/' + dongleId + '/down'
}

/** Whose topic it is and which way; undefined for any other text (wildcards, other versions, wrong ids). */
export function parseTopic(topic: string): { dongleId: string; direction: 'up' | 'down' } | undefined {
  const parts = topic.split('/')
  if (parts.length !== 4 || parts[0] !== 'nrt' || parts[1] !== '1') return undefined
  const dongleId = parts[2] as string
  const direction = parts[3]
  if (!isDongleId(dongleId) || (direction !== 'up' && direction !== 'down')) return undefined
  return { dongleId: dongleId, direction: direction }
}

// The dongle's drawOver (firmware/flash.ts, by the engine's Graphics) in plain words, for cores on node.

import type { DrawOver } from '../../shared/kernel/natives.ts'

export const plainDrawOver: DrawOver = (bytes, image) => {
  for (let i = 0; i < image.length; i++) if (image[i] !== 255) bytes[i] = image[i]!
}

// Of the engine's Graphics only what our program asks: an image of eight bits a pixel and two colours, drawn in one row on memory of a bit a
// pixel, which makes bytes of a text of zeros and ones, and one drawn over bytes that are given (firmware/flash.ts). Anything else throws: nothing here may seem to work.

import type { Realm } from './realm.ts'

const WIDTH_MAX = 32767

interface Image {
  width: number
  height: number
  bpp: number
  palette: Uint16Array
  buffer: string
}

interface Stencil {
  width: number
  height: number
  bpp: number
  transparent: number
  buffer: ArrayBuffer
}

/** Memory that is given, of eight bits a pixel. */
function onBytes(realm: Realm, width: number, buffer: ArrayBuffer): unknown {
  const bytes = new Uint8Array(buffer)
  return {
    drawImage: (image: Stencil) => {
      const pixels = new Uint8Array(image.buffer)
      if (
        image.height !== 1 ||
        image.bpp !== 8 ||
        image.width !== width ||
        pixels.length < width ||
        bytes.length < width
      )
        throw realm.error('Graphics: not on the virtual dongle')
      for (let x = 0; x < width; x++) if (pixels[x] !== image.transparent) bytes[x] = pixels[x]!
    },
  }
}

export function openGraphics(realm: Realm): unknown {
  return {
    createArrayBuffer: (
      width: number,
      height: number,
      bpp: number,
      options: { msb?: boolean; buffer?: ArrayBuffer },
    ) => {
      if (bpp === 8 && height === 1 && options.buffer) return onBytes(realm, width, options.buffer)
      if (!(width > 0 && width <= WIDTH_MAX) || height !== 1 || bpp !== 1 || !options.msb)
        throw realm.error('Graphics: not on the virtual dongle')
      const bytes = realm.bytes(new Uint8Array((width + 7) >> 3))
      return {
        buffer: bytes.buffer,
        drawImage: (image: Image) => {
          const { width: count, height: rows, bpp: depth, palette, buffer } = image
          if (rows !== 1 || depth !== 8 || palette.length !== 2 || buffer.length < count)
            throw realm.error('Graphics: not on the virtual dongle')
          for (let x = 0; x < Math.min(count, width); x++) {
            const mask = 0x80 >> (x & 7)
            const isSet = palette[buffer.charCodeAt(x) & 1] !== 0
            bytes[x >> 3] = isSet ? bytes[x >> 3]! | mask : bytes[x >> 3]! & ~mask
          }
        },
      }
    },
  }
}

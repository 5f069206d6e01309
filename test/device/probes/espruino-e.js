// E and the other small helpers.
function list(bytes) {
  var out = []
  for (var i = 0; i < bytes.length; i++) out.push(bytes[i])
  return out
}
say('toString', [
  E.toString([104, 105]),
  E.toString('a', [98], new Uint8Array([99, 100])),
  E.toString(300).charCodeAt(0),
])
say('toString of high bytes', [E.toString([0, 128, 255]).length, E.toString([255]).charCodeAt(0)])
say('toUint8Array', [
  list(E.toUint8Array('ab')),
  list(E.toUint8Array([1, [2]], 'c', 4)),
  E.toUint8Array('') && E.toUint8Array('').length,
])
say('toArrayBuffer', [new Uint8Array(E.toArrayBuffer('abc')).length, new Uint8Array(E.toArrayBuffer('abc'))[2]])
function packed(bits) {
  var width = bits.length & -8
  var graphics = Graphics.createArrayBuffer(width, 1, 1, { msb: true })
  graphics.drawImage({ width: width, height: 1, bpp: 8, palette: new Uint16Array([0, 1]), buffer: bits })
  return new Uint8Array(graphics.buffer).join()
}
say('bits drawn into bytes', [
  packed('10000001'),
  packed('10000001011'),
  packed('1010111100001111'),
  packed('0110'.repeat(512)).length,
])
function over(bytes, image) {
  var graphics = Graphics.createArrayBuffer(image.length, 1, 8, { buffer: bytes.buffer })
  graphics.drawImage({ width: image.length, height: 1, bpp: 8, transparent: 255, buffer: image.buffer })
  return E.toString(bytes)
}
say('bytes drawn over others', [
  over(E.toUint8Array('1,abcdef'), E.toUint8Array('\xff\xffa\xffXd')),
  over(E.toUint8Array('ab'.repeat(2100)), E.toUint8Array('\xffc'.repeat(2100))) === 'ac'.repeat(2100),
  E.toString(over(E.toUint8Array('abcd'), new Uint8Array([0, 1, 128, 254]))).length,
])
say('toFlatString', E.toFlatString('ab', [99]))
say('toFlatString of much', [
  E.toFlatString('abcdefgh'.repeat(100)).length,
  E.toFlatString('') === undefined,
  typeof E.toFlatString([]),
])
// 16 bits at a time, as the checksum takes a telegram; the odd byte is left
var words = new Uint16Array(E.toArrayBuffer('\x01\x02\xff\x80'))
say('words of a string', [words.length, words[0], words[1]])
say('words of a piece', new Uint16Array(E.toArrayBuffer('xx\x01\x02'.substr(2)))[0])
say('CRC32', [E.CRC32('123456789'), E.CRC32(new Uint8Array([1, 2, 3])), E.CRC32('')])
say('sum', E.sum([1, 2, 3]))
say('base64', [btoa('\xff\x01ab'), atob('/wFhYg==').charCodeAt(0), atob('YQ==')])
say('flags', E.getFlags())
E.setFlags({ pretokenise: 1 })
say('flags set', E.getFlags().pretokenise)
say('error flags', E.getErrorFlags())
say(
  'modules',
  (function () {
    try {
      require('nothing')
    } catch (error) {
      return error.message
    }
  })(),
)
say('pins', [typeof D5, typeof digitalWrite])
say('global', [global === globalThis, typeof globalThis.require, typeof E.kickWatchdog, typeof E.enableWatchdog])
say('memory', [typeof process.memory().free, typeof process.memory().total, process.memory().blocksize])
done()

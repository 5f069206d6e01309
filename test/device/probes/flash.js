// require("Flash"): NOR memory at the ESP32's addresses.
var flash = require('Flash')
var SYSTEM = 0x31e000
var RING = 0x190000

function list(bytes) {
  var out = []
  for (var i = 0; i < bytes.length; i++) out.push(bytes[i])
  return out
}
function fails(action) {
  try {
    action()
  } catch (error) {
    return error.message
  }
  return 'no error'
}

flash.erasePage(SYSTEM)
say('erased', list(flash.read(4, SYSTEM)))
flash.write(new Uint8Array([0xf0, 0x0f, 0xaa, 1]), SYSTEM)
say('written', list(flash.read(6, SYSTEM)))
flash.write(new Uint8Array([0x3c, 0xff, 0x55, 2]), SYSTEM)
say('writing again clears bits only', list(flash.read(4, SYSTEM)))
flash.write('abc', SYSTEM + 9)
say('any alignment', list(flash.read(8, SYSTEM + 7)))
flash.write([1, [2, 3], 'x'], SYSTEM + 17)
say('any bytes', list(flash.read(6, SYSTEM + 16)))
flash.write(new Uint8Array([1, 2, 3, 4]), SYSTEM + 4094)
say('a write goes on into the next page', list(flash.read(4, SYSTEM + 4094)))
flash.erasePage(SYSTEM + 5)
say('an erase clears its whole page', [list(flash.read(2, SYSTEM)), list(flash.read(2, SYSTEM + 4094))])
say('and nothing else', list(flash.read(2, SYSTEM + 4096)))
flash.erasePage(RING)
flash.erasePage(RING + 383 * 4096)
flash.write('ring', RING)
flash.write('end', 0x310000 - 4)
say('ring area', [E.toString(flash.read(4, RING)), E.toString(flash.read(3, 0x310000 - 4))])
say('read nothing', flash.read(0, SYSTEM) === undefined)
say('read is a copy', [flash.read(3, SYSTEM) instanceof Uint8Array, flash.read(300, SYSTEM).length])
say('pages', flash.getPage(SYSTEM + 77))
say(
  'write nothing',
  fails(function () {
    flash.write(undefined, SYSTEM)
  }),
)
say(
  'erase nowhere',
  fails(function () {
    flash.erasePage('x')
  }) !== 'no error',
)
done()

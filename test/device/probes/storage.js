// require("Storage"): what booting and an update need of it.
var storage = require('Storage')

function fails(action) {
  try {
    action()
  } catch (error) {
    return error.message
  }
  return 'no error'
}
// .boot0 and .bootcde are the harness's own
function files() {
  return storage.list().filter(function (name) {
    return name.charAt(0) !== '.'
  })
}

say('a missing file', storage.read('none') === undefined)
say('write', storage.write('a', 'hello'))
say('read', [storage.read('a'), storage.read('a', 1), storage.read('a', 1, 2), storage.read('a', 3, 99)])
storage.write('bytes', new Uint8Array([0, 255, 128]))
var back = storage.read('bytes')
say('bytes', [back.length, back.charCodeAt(0), back.charCodeAt(1), back.charCodeAt(2)])
say('list', files())
storage.write('a', 'other')
say('rewritten', [storage.read('a'), files()])
say('the same again', storage.write('a', 'other'))
storage.write('big', 'ab', 0, 8)
storage.write('big', 'cd', 4)
var filled = storage.read('big')
say('filled in place', [
  filled.substr(0, 2),
  filled.charCodeAt(2),
  filled.substr(4, 2),
  filled.charCodeAt(7),
  filled.length,
])
say(
  'written over',
  fails(function () {
    storage.write('big', 'xx', 4)
  }),
)
say(
  'too long',
  fails(function () {
    storage.write('big', 'xxxx', 6)
  }),
)
say(
  'empty',
  fails(function () {
    storage.write('empty', '')
  }),
)
say('JSON', [storage.writeJSON('json', { a: [1] }), storage.readJSON('json')])
storage.erase('a')
say('erased', [storage.read('a') === undefined, files()])
storage.erase('none')
storage.write('name of twenty-eight letters', 'n')
say('long name', [storage.read('name of twenty-eight letters'), files().length])
var free = storage.getFree()
storage.write('sized', 'x', 0, 100)
say('room taken', free - storage.getFree())
say('offsets', [
  storage.read('bytes', -1).length,
  storage.read('bytes', 3).length,
  storage.read('bytes', 99).length,
  storage.read('bytes', 1, 0).length,
])
say('pattern', storage.list(/^js/))
say('as buffer', new Uint8Array(storage.readArrayBuffer('sized')).length)
// the dropped ones go, the others keep their order and content
var before = storage.getFree()
storage.compact()
say('compacted', [files(), storage.read('bytes').length, storage.read('big').substr(0, 2), storage.readJSON('json')])
say('room won', storage.getFree() - before)
done()

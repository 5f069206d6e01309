// Places that an array does not have: read, written, in a variable and as text.
function tried(action) {
  try {
    var value = action()
    return value === undefined ? 'undefined' : value
  } catch (error) {
    return error.message
  }
}
var bytes = new Uint8Array([1, 2])
var words = new Uint32Array([3, 4])
var plain = [5, 6]
var below = -1
var behind = 2
say('bytes', [
  tried(function () {
    return bytes[-1]
  }),
  tried(function () {
    return bytes[below]
  }),
  tried(function () {
    return bytes[behind]
  }),
  tried(function () {
    return bytes[behind - 3]
  }),
  tried(function () {
    return bytes['-1']
  }),
  tried(function () {
    return bytes[1.5]
  }),
  tried(function () {
    return bytes['1']
  }),
])
say('words', [
  tried(function () {
    return words[below]
  }),
  tried(function () {
    return words[behind]
  }),
])
say('written', [
  tried(function () {
    bytes[below] = 7
    return 'written'
  }),
  tried(function () {
    bytes[behind] = 7
    return 'written'
  }),
  bytes.length,
])
say('plain', [
  tried(function () {
    return plain[-1]
  }),
  tried(function () {
    return plain[behind]
  }),
])
say('text', [
  tried(function () {
    return 'ab'[-1]
  }),
  tried(function () {
    return 'ab'[behind]
  }),
])
done()

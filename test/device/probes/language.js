// What the language's library answers, where node alone would answer otherwise.
function hex(text) {
  var out = ''
  for (var i = 0; i < text.length; i++) out += ('0' + text.charCodeAt(i).toString(16)).slice(-2)
  return out
}

say('Number of text', [
  Number('0123'),
  Number('12'),
  Number('-012'),
  Number('08'),
  Number(''),
  Number('0x10'),
  Number('1e3'),
])
say('Number of no number', [
  isNaN(Number('12x')),
  isNaN(Number(' 12 ')),
  isNaN(Number(undefined)),
  Number(null),
  Number(true),
])
say('Number of a number', [Number(5), Number.MAX_VALUE > 1e308, isNaN(Number.NaN)])
say('parseInt', [
  parseInt('0123', 10),
  parseInt('0123'),
  parseInt('12x', 10),
  parseInt('ff', 16),
  isNaN(parseInt('', 10)),
])
say('parseFloat', [parseFloat('0001.250') * 1000, parseFloat('-12.5x') * 10])
say('fromCharCode keeps a byte', [String.fromCharCode(0x141), hex(String.fromCharCode(0, 255, 256))])
say('strings are bytes', [hex('\x00\x01\xff'), '\xff'.charCodeAt(0), '\xe9\xe8'.length])
say('string methods', [
  'abc'.substr(1, 1),
  'abc'.slice(-2),
  'a,b,'.split(','),
  'abcabc'.indexOf('c', 3),
  'abcabc'.lastIndexOf('b'),
  '7'.padStart(3, '0'),
  ' a '.trim(),
  'ab'.repeat(2),
  'aXbX'.replace('X', '-'),
])
say('a needle that the end of the text cuts', [
  'ab\n'.indexOf('\nzz'),
  'abc'.indexOf('cd'),
  'abc'.indexOf('cdef'),
  'abcabd'.indexOf('bdx', 2),
  'abc'.indexOf('c', 9),
  'abc'.includes('cx'),
  'abc'.lastIndexOf('cd'),
  'abc'.startsWith('cd', 2),
  'abc'.split('cd').length,
  'abc'.replace('cd', 'X'),
  'abab'.replaceAll('bc', '-'),
])
say('a needle that is there', [
  'abc'.indexOf('bc'),
  'aXbX'.replaceAll('X', '-'),
  'abc'.includes('b'),
  'abc'.indexOf(''),
])
say('32 bit', [1 << 31, -1 >>> 0, 0xffffffff | 0, 5 % 3, -5 % 3, 1 << 33, (0xffff * 0xffff) >>> 0, ~7])
say('beyond 32 bit', [0xffffffff + 1, 1767225600000, 9007199254740991, 2147483647 + 1, 4294967295 * 16])
say('a power is a hair off', [Math.pow(2, 10), Math.pow(2, 30) === 1073741824, Math.round(Math.pow(2, 30))])
say('rounding', [Math.round(2.5), Math.floor(-0.5), Math.round(999999.999 * 1000), Math.ceil(1.2)])

var bytes = new Uint8Array([1, 2, 300, -1])
say('typed arrays', [
  bytes.length,
  bytes[2],
  bytes[3],
  bytes.subarray(1, 3).length,
  bytes.slice(1)[0],
  bytes.indexOf(44),
])
var words = new Uint16Array(bytes.buffer)
say('views share', [words.length, words[0], words[1]])
bytes.subarray(1)[0] = 9
say('subarray shares', bytes[1])
var wide = new Uint8Array(6)
wide.set(bytes, 1)
wide.set([7], 5)
wide.fill(3, 0, 1)
say('set and fill', [wide[0], wide[1], wide[2], wide[3], wide[4], wide[5]])
var view = new DataView(new ArrayBuffer(16))
view.setUint32(0, 0xdeadbeef)
view.setUint32(4, 0xdeadbeef, true)
view.setInt16(8, -2)
view.setUint8(10, 258)
view.setFloat64(8, 1.5)
say('DataView', [
  view.getUint8(0),
  view.getUint8(4),
  view.getUint32(0),
  view.getUint16(2, true),
  view.getFloat64(8) * 2,
])
say('out of range', [new Uint8Array(2)[5] === undefined, bytes.length])

say('JSON', [
  JSON.stringify({ a: [1, null, true, 'x'], b: { c: -5 } }),
  JSON.parse('{"a":[1,2,{"b":"\\u0041"}]}').a[2].b,
])
say('objects', [Object.keys({ b: 1, a: 2 }), Object.assign({ a: 1 }, { b: 2 }), 'a' in { a: 1 }])
say('arrays', [
  [3, 1, 2].sort(function (a, b) {
    return a - b
  }),
  [1, 2, 3].map(function (x) {
    return x * 2
  }),
  [1, 2, 3, 4].filter(function (x) {
    return x & 1
  }),
  [1, 2, 3].reduce(function (a, b) {
    return a + b
  }, 10),
  [1, 2].concat([3], 4),
  [1, 2, 3, 4].splice(1, 2),
  [1, 2, 3].indexOf(2),
  [1, 2, 3].join('-'),
])
say('regex', ['a1b22'.replace(/[0-9]+/g, '#'), /^([a-z]+)=([0-9]+)$/.exec('ab=12')[2], /x|y/.test('y')])
say('types', [typeof undefined, typeof null, typeof 'a', typeof 1, typeof {}, typeof [], typeof function () {}])
var caught
try {
  undefinedName()
} catch (error) {
  caught = error
}
say('a missing name throws', [caught instanceof ReferenceError, typeof caught.message])
try {
  throw new Error('reason')
} catch (error) {
  caught = error
}
say('Error', [caught instanceof Error, caught.message, caught.toString()])
done()

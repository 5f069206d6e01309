// A P1 telegram of 1000 bytes on Serial2; the harness sends it when it sees "ready".
var text = ''
var longest = 0
function fails(action) {
  try {
    action()
  } catch (error) {
    return error.message
  }
  return 'no error'
}
Serial2.setup(115200, { rx: D5, tx: D4 })
Serial2.on('data', function (data) {
  text += data
  if (data.length > longest) longest = data.length
  if (text.length === 1000) {
    say('all bytes', [text.length, E.CRC32(text)])
    say('chunks of at most 64', longest <= 64)
    say('a chunk is a string', typeof data)
    done()
  }
})
say(
  'an unknown option',
  fails(function () {
    Serial3.setup(9600, { invert: true })
  }),
)
var formats = [
  { bytesize: 7, parity: 'e' },
  { bytesize: 7, parity: 'even', stopbits: 2 },
  { parity: 'o' },
  { parity: 'none' },
  { parity: null },
  { parity: 'mark' },
  { bytesize: 9 },
  { stopbits: 3 },
  { flow: 'none' },
]
say(
  'formats',
  formats.map(function (format) {
    return fails(function () {
      Serial3.setup(9600, format)
    })
  }),
)
print('ready')

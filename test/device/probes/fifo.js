// The engine's input buffer when more comes than it holds while the interpreter is away.
var got = ''
var longest = 0
var chunks = 0
LoopbackB.on('data', function (data) {
  got += data
  chunks++
  if (data.length > longest) longest = data.length
})
var text = ''
for (var i = 0; i < 6000; i++) text += String.fromCharCode(i * 7 + (i >> 8))
say('before', E.getErrorFlags())
LoopbackA.write(text)
say('the flag', E.getErrorFlags())
say('asked twice', E.getErrorFlags())
setTimeout(function () {
  say('kept', [got.length, E.CRC32(got), got === text.substr(0, got.length)])
  say('chunks', [chunks, longest])
  done()
}, 500)

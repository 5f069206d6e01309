// require("net") against the harness's servers: PORT echoes, and obeys "close", "reset" and "greet"; nobody listens on DEAD_PORT.
var net = require('net')
var HOST = '127.0.0.1'

function fails(action) {
  try {
    action()
  } catch (error) {
    return error.message
  }
  return 'no error'
}
function fill(length) {
  var text = ''
  while (text.length < length) text += '0123456789abcdef'
  return text.substr(0, length)
}

say(
  'nobody listens',
  fails(function () {
    net.connect({ host: HOST, port: DEAD_PORT }, function () {})
  }),
)

function echo(next) {
  var text = ''
  var longest = 0
  var events = []
  var socket = net.connect({ host: HOST, port: PORT }, function () {
    events.push('connect')
    say('write answers', socket.write('a\x00\xff'))
    socket.write(fill(3000))
  })
  socket.on('data', function (data) {
    text += data
    if (data.length > longest) longest = data.length
    if (text.length < 3003) return
    say('echo', [text.length, text.charCodeAt(2), E.CRC32(text)])
    say('chunks of at most 536', longest <= 536)
    socket.end()
    say(
      'write after end',
      fails(function () {
        socket.write('x')
      }),
    )
  })
  socket.on('error', function (error) {
    events.push(error)
  })
  socket.on('close', function (hadError) {
    events.push('close ' + hadError)
    say('our end', events)
    next()
  })
}
function closedByPeer(next) {
  var events = []
  var socket = net.connect({ host: HOST, port: PORT }, function () {
    socket.write('close')
  })
  socket.on('error', function (error) {
    events.push(error.code)
  })
  socket.on('close', function (hadError) {
    events.push('close ' + hadError)
    say('closed by the peer', events)
    next()
  })
}
function early(next) {
  var text = ''
  var socket = net.connect({ host: HOST, port: PORT }, function () {})
  socket.write('before connect')
  socket.on('data', function (data) {
    text += data
    if (text.length !== 14) return
    say('written before the connect event', text)
    socket.end('bye')
  })
  socket.on('close', function (hadError) {
    say('end with data', hadError)
    next()
  })
}
function flagged(next) {
  var socket = net.connect({ host: HOST, port: PORT }, function () {
    socket.clsNow = true
  })
  socket.on('close', function () {
    say('closed by the flag', true)
    next()
  })
}
echo(function () {
  closedByPeer(function () {
    early(function () {
      flagged(done)
    })
  })
})

// require("dgram") against the harness: UDP_PORT answers a packet with its bytes and one more; nobody listens on DEAD_PORT.
var dgram = require('dgram')
var HOST = '127.0.0.1'

function ask(port, text, next) {
  var events = []
  var isOver = false
  var socket = dgram.createSocket('udp4')
  function over() {
    if (isOver) return
    isOver = true
    next(events)
  }
  socket.on('message', function (data, from) {
    events.push([data, from.address, from.port === port, from.size])
    socket.close()
  })
  socket.on('close', function (hadError) {
    events.push('close ' + hadError)
    over()
  })
  socket.on('error', function (error) {
    events.push(error)
  })
  socket.send(text, port, HOST)
  return socket
}

ask(UDP_PORT, 'nrt?\x00\xff', function (events) {
  say('an answer, then our close', events)
  var socket = ask(DEAD_PORT, 'anybody', function (silent) {
    say('nobody answers, and nothing says so', silent)
    var closed = 'no error'
    try {
      socket.send('x', UDP_PORT, HOST)
    } catch (error) {
      closed = error.message
    }
    say('send after close', closed)
    ask(UDP_PORT, 'another', function (again) {
      say('another socket', again)
      done()
    })
  })
  setTimeout(function () {
    socket.close()
  }, 200)
})

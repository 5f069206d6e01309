// require("tls"): nobody is authenticated, whatever one asks for. TLS_PORT echoes behind a certificate of its own making.
var tls = require('tls')
var HOST = '127.0.0.1'
// nothing asked, a certificate of somebody else, another name
var asked = [{}, { ca: atob(OTHER_CA) }, { host: 'localhost', rejectUnauthorized: true }]

function next(i) {
  if (i === asked.length) {
    done()
    return
  }
  var options = asked[i]
  if (!options.host) options.host = HOST
  options.port = TLS_PORT
  var text = ''
  var socket = tls.connect(options, function () {
    socket.write('hello ' + i)
  })
  socket.on('data', function (data) {
    text += data
    if (text.length === 7) socket.end()
  })
  socket.on('error', function (error) {
    say('error ' + i, error.code)
  })
  socket.on('close', function () {
    say('accepted ' + i, text)
    next(i + 1)
  })
}
next(0)

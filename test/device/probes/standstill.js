// connect() to a peer that lets nobody in for a while: nothing else happens until it is decided. BUSY_PORT is such a peer.
var net = require('net')
var order = []
function happened(what) {
  order.push(what)
  if (order.length < 3) return
  say('first', order[0])
  say('then', order.slice(1).sort())
  socket.end()
  done()
}
var at = getTime()
setTimeout(function () {
  happened('what was due meanwhile')
}, 50)
var socket = net.connect({ host: '127.0.0.1', port: BUSY_PORT }, function () {
  happened('connected')
})
say('stood still', getTime() - at > 0.25)
happened('returned')

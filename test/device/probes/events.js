// Events on the engine's own objects, errors that nobody catches, boot order.
var seen = []
function listener(a, b) {
  seen.push(['first', a, b])
}
E.on('probe', listener)
E.on('probe', function (a) {
  seen.push(['second', a])
})
E.emit('probe', 1, 2)
setTimeout(function () {
  E.removeListener('probe', listener)
  E.emit('probe', 3)
}, 20)
setTimeout(function () {
  E.removeAllListeners('probe')
  E.emit('probe', 4)
}, 40)
E.on('init', function () {
  seen.push('init')
})
function onInit() {
  seen.push('onInit')
}
seen.push('end of script')
process.on('uncaughtException', function (error) {
  seen.push(['uncaught', typeof error === 'string' ? error : error.message])
})
setTimeout(function () {
  throw new Error('in a timer')
}, 60)
setTimeout(function () {
  throw 'text'
}, 70)
setTimeout(function () {
  say('events', seen)
  done()
}, 150)

// What timers do that came due while the interpreter was busy: their order is the engine's choice, however long it took.
var order = []
function note(text) {
  order.push(text)
}
function busy(seconds) {
  var until = getTime() + seconds
  while (getTime() < until) {}
}

setTimeout(note, 60, 'third')
setTimeout(note, 20, 'first')
setTimeout(note, 40, 'second')
var rounds = 0
var interval = setInterval(function () {
  rounds++
  note('round ' + rounds)
  if (rounds === 4) clearInterval(interval)
}, 50)
setTimeout(function () {
  note('made late')
  setTimeout(note, 300, 'later')
}, 70)
setTimeout(note, 90, 'last')
busy(0.6)
note('busy no more')
setTimeout(function () {
  say('due while busy', order)
  say('rounds', rounds)
  done()
}, 1000)

// Order and bookkeeping of timers; what is due is 120 ms apart, more than a busy machine is late.
var order = []
function note(text) {
  order.push(text)
}
function fails(action) {
  try {
    action()
  } catch (error) {
    return error.message
  }
  return 'no error'
}

var first = setTimeout(note, 920, 'third')
say('ids count up', [setTimeout(note, 600, 'second') - first, typeof first])
setTimeout(note, 160, 'first')
setTimeout(
  function (a, b) {
    note(a + b)
  },
  1160,
  'four',
  'th',
)
var cleared = setTimeout(note, 480, 'never')
clearTimeout(cleared)
clearTimeout(cleared)
say(
  'clear undefined',
  fails(function () {
    clearTimeout(undefined)
  }),
)
say(
  'clear interval undefined',
  fails(function () {
    clearInterval(undefined)
  }),
)
var rounds = 0
var interval = setInterval(function () {
  rounds++
  note('round ' + rounds)
  if (rounds === 2) changeInterval(interval, 240)
  if (rounds === 4) clearInterval(interval)
  if (rounds === 3) throw new Error('an error does not stop the interval')
}, 400)
setTimeout(function () {
  note('outer')
  setTimeout(note, 0, 'inner')
}, 1680)
Promise.resolve(5).then(function (value) {
  note('promise ' + value)
})
note('now')
var startedS = getTime()
setTimeout(function () {
  say('order', order)
  say('time goes on', getTime() > startedS)
  done()
}, 2400)

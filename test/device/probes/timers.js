// Order and bookkeeping of timers. Nothing rests on how late a busy machine is: what is close together is set in the order in which it
// is due, and what follows changeInterval(), which counts from then on, is set in the same turn.
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
say('ids count up', [setTimeout(note, 160, 'first') - first, typeof first])
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
var startedS = getTime()
function later() {
  changeInterval(interval, 240)
  setTimeout(
    function (a, b) {
      note(a + b)
    },
    360,
    'four',
    'th',
  )
  setTimeout(function () {
    note('outer')
    setTimeout(note, 0, 'inner')
  }, 880)
  setTimeout(function () {
    say('order', order)
    say('time goes on', getTime() > startedS)
    done()
  }, 1600)
}
var interval = setInterval(function () {
  rounds++
  note('round ' + rounds)
  if (rounds === 2) later()
  if (rounds === 4) clearInterval(interval)
  if (rounds === 3) throw new Error('an error does not stop the interval')
}, 400)
setTimeout(note, 600, 'second')
Promise.resolve(5).then(function (value) {
  note('promise ' + value)
})
note('now')

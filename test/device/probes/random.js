// The random numbers are the same after each boot: nothing may rest on them.
function draw() {
  return Math.floor(Math.random() * 2147483648)
}
say('Math.random', [draw(), draw(), draw()])
say('E.hwRand is the same generator', [E.hwRand(), E.hwRand()])
E.srand(12345)
say('after srand', [draw(), E.hwRand()])
done()

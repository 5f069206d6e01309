import { connect, createServer, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { openClock } from '../../../../firmware/host/clock.ts'
import { type DongleEvent, openVirtualDongle, type VirtualDongle } from '../../../../firmware/host/dongle.ts'
import { openSteppedClock } from '../../../support/stepped-clock.ts'

const POLL = { interval: 10 }

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

interface Table {
  dongle: VirtualDongle
  events: DongleEvent[]
  lines(): string[]
  said(pattern: RegExp | string, times?: number): Promise<unknown>
  feed(bytes: Uint8Array): void
}

function onTheTable(code: string, isReal = false): Table {
  const events: DongleEvent[] = []
  let feed = (_bytes: Uint8Array): void => {}
  const dongle = openVirtualDongle({
    clock: isReal ? openClock(1) : openSteppedClock(),
    bundle: { code, filename: 'app.js' },
    openLine: port => {
      feed = port
      return { setNoise: () => {}, stop: () => {} }
    },
    tell: event => events.push(event),
  })
  stops.push(dongle.stop)
  const lines = (): string[] => events.flatMap(one => (one.event === 'print' ? [one.line] : []))
  return {
    dongle,
    events,
    lines,
    feed: bytes => feed(bytes),
    said: (pattern, times = 1) =>
      expect
        .poll(
          () => lines().filter(line => (typeof pattern === 'string' ? line === pattern : pattern.test(line))).length,
          POLL,
        )
        .toBeGreaterThanOrEqual(times),
  }
}

const COUNT_BOOTS = `
var flash = require("Flash"), n = 0;
while (flash.read(1, 0x310000 + n)[0] === 0) n++;
print("boots before: " + n);
flash.write(new Uint8Array(1), 0x310000 + n);
print("counted");
`

test('a reboot starts the bundle afresh on the same flash', async () => {
  const { said, events } = onTheTable(`${COUNT_BOOTS}if(n<2)setTimeout(function(){E.reboot();},10);`)
  await said('boots before: 2')
  expect(events.filter(one => one.event === 'ended').map(one => one.event === 'ended' && one.reason)).toEqual([
    'reboot',
    'reboot',
  ])
})

test('nothing of the old boot runs after a reboot, even where the script swallows errors', async () => {
  const { said, lines } = onTheTable(
    `${COUNT_BOOTS}if(n<1){setInterval(function(){print("old");},5);try{E.reboot();}catch(e){print("swallowed");}}
     else setTimeout(function(){print("end");},100);`,
  )
  await said('end')
  expect(lines()).not.toContain('old')
})

test('a power cut in the middle of a write ends the boot there, and the next one finds the torn byte', async () => {
  const { dongle, said, lines, events } = onTheTable(`${COUNT_BOOTS}
    setTimeout(function(){try{flash.write(new Uint8Array([0,0,0,0]),0x311000);}catch(e){}print("after");},50);
    print("found " + flash.read(4,0x311000).join());`)
  dongle.powerCut('half')
  await said('found 0,0,85,255')
  expect(events).toContainEqual({ event: 'boot', count: 2, after: 'power-cut' })
  expect(lines().indexOf('after')).not.toBe(2)
})

test('an unkicked watchdog bites, a kicked one does not', async () => {
  const { said, events } = onTheTable(`${COUNT_BOOTS}
    E.enableWatchdog(5,false);
    var t=setInterval(function(){E.kickWatchdog();},1000);
    if(n===0)setTimeout(function(){clearInterval(t);print("no more kicks");},20000);
    else setTimeout(function(){print("alive");},20000);`)
  await said('alive')
  expect(events).toContainEqual({ event: 'boot', count: 2, after: 'watchdog' })
  expect(events.filter(one => one.event === 'boot')).toHaveLength(2)
})

// Capacity of the chip: 59 chunks of 64 bytes fill its buffer up to the last 256 bytes, the driver holds 1024 more.
test('what comes while the interpreter is away is kept up to 4800 bytes; the rest is lost without a word', async () => {
  const { feed, said } = onTheTable(
    `var n=0;Serial2.setup(115200,{rx:D5,tx:D4});
    Serial2.on("data",function(d){
      if(n===0){var until=getTime()+1;while(getTime()<until);setTimeout(function(){print("got "+n+" "+E.getErrorFlags().length);},300);}
      n+=d.length;});`,
    true,
  )
  feed(new Uint8Array(8000))
  await said('got 4864 0')
})

test('bytes come at the speed of the line, in chunks of at most 64', async () => {
  const { feed, said } = onTheTable(`var n=0,t;Serial2.setup(115200,{rx:D5,tx:D4});
    Serial2.on("data",function(d){if(!n)t=getTime();n+=d.length;
      if(d.length>64)print("too long");if(n===11520)print("took "+Math.round(getTime()-t)+" s");});`)
  feed(new Uint8Array(11520))
  await said('took 1 s')
})

async function anEcho(): Promise<{ port: number; received: () => string; sockets: Socket[] }> {
  let received = ''
  const sockets: Socket[] = []
  const server = createServer(socket => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', data => {
      received += data.toString('latin1')
      socket.write(data)
    })
  })
  const port = await new Promise<number>(resolve =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
  )
  stops.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port, received: () => received, sockets }
}

const CLIENT = (port: number): string => `
var net=require("net"),wifi=require("Wifi"),n=0;
wifi.on("disconnected",function(){print("wifi lost");});
wifi.connect("home",{password:"p"},function(e){print("wifi "+e);
var s=net.connect({host:"127.0.0.1",port:${port}},function(){setInterval(function(){s.write((n++)+" ");print("wrote");},20);});
s.on("data",function(d){print("echo "+d);});
s.on("close",function(e){print("closed "+e);});});`

test('on a cut network bytes wait, and go on when it heals, on the same connection', async () => {
  const echo = await anEcho()
  const { dongle, said, lines } = onTheTable(CLIENT(echo.port), true)
  const written = (): number => lines().filter(line => line === 'wrote').length
  await said(/^echo/)
  dongle.cut()
  const before = written()
  await said('wifi lost')
  await said('wrote', before + 10)
  expect(echo.received().trim().split(' ').length).toBeLessThanOrEqual(before)
  dongle.heal()
  await expect.poll(() => echo.received().trim().split(' ').length, POLL).toBeGreaterThanOrEqual(before + 10)
  expect(echo.received()).toMatch(/^0 1 2 3 4 /)
  expect(echo.sockets).toHaveLength(1)
})

test('connecting on a cut network fails at once, as on the engine', async () => {
  const { dongle, said } = onTheTable(
    'setInterval(function(){try{require("net").connect({host:"127.0.0.1",port:1},function(){});}catch(e){print(e.message);}},50);',
    true,
  )
  dongle.cut()
  await said('Unable to create socket')
})

test('an error nobody catches is printed with its place, and the timers go on', async () => {
  const { said, lines } = onTheTable('setInterval(function(){nowhere();},10);setTimeout(function(){print("end")},55);')
  await said('end')
  const until = lines().slice(0, lines().indexOf('end'))
  expect(until.filter(line => line === 'Uncaught ReferenceError: nowhere is not defined')).toHaveLength(5)
  expect(lines().some(line => /app\.js:1:\d+/.test(line))).toBe(true)
})

const OWN_NETWORK = `
var wifi=require("Wifi"),net=require("net");
wifi.on("connected",function(){print("joined");});
net.createServer(function(s){s.on("data",function(d){s.write("you said "+d);s.end();});s.on("close",function(){print("guest gone");});}).listen(80);
wifi.startAP("own",{password:"password",authMode:"wpa2"});
wifi.connect("home",{password:"p"});
setTimeout(function(){print("tried");wifi.disconnect();wifi.stopAP();},4000);
setTimeout(function(){wifi.connect("home",{password:"p"});wifi.startAP("own",{password:"password",authMode:"wpa2"});},4500);
setTimeout(function(){wifi.stopAP();print("off");},20000);
`

test('beside an access point of its own an idle station never joins; begun before it, it does, as on the ESP32', async () => {
  const { said, lines } = onTheTable(OWN_NETWORK)
  await said('off')
  expect(lines().indexOf('joined')).toBeGreaterThan(lines().indexOf('tried'))
})

test('what listens is reached while the own network is on, and by nobody else', async () => {
  const { said, events } = onTheTable(OWN_NETWORK, true)
  const at = (): number | undefined =>
    events.flatMap(one => (one.event === 'listening' && one.port === 80 ? [one.at] : []))[0]
  await expect.poll(at, POLL).toBeDefined()
  const ask = (): Promise<string> =>
    new Promise(resolve => {
      let got = ''
      const socket = connect({ host: '127.0.0.1', port: at() as number }, () => socket.write('hello'))
      socket.on('data', part => (got += part))
      socket.on('error', () => {})
      socket.on('close', () => resolve(got))
    })
  await expect.poll(ask, POLL).toBe('you said hello')
  await said('guest gone')
  await said('tried')
  await expect.poll(ask, { ...POLL, interval: 10 }).toBe('')
})

// The setup file: the dongle's own protected network and the page in it, from the moment it is opened until it is closed for good. The
// program evaluates this file from Storage when it needs it (setup-port.ts) and forgets it afterwards. One port for the page, four guests at a
// time, one request each; nothing that a guest sends is ever evaluated, printed or put into a page.

import type { EngineAccessPoint } from '../engine.ts'
import { type Act, type OpenSetup, SETUP_PAGE, type SetupTick } from '../setup-port.ts'
import type { WifiNetwork } from '../wifi.ts'
import type { GuestSocket, NamesSocket, SetupDgram, SetupNet, SetupServer, SetupWifi } from './engine-setup.ts'
import { codeTimes } from './lights.ts'
import { nameAnswer } from './names.ts'
import { type Request, readNetworks, readRequest, toHex } from './request.ts'
import {
  createTrial,
  DONE,
  FAILED,
  HOLD,
  isBusy,
  KEEP,
  keptOf,
  postTrial,
  TRY,
  type Trial,
  tickTrial,
} from './trial.ts'

const PORT = 80
const NAMES_PORT = 53
const ADDRESS = '192.168.4.1'
const WINDOW_MS = 600000
/** Time for the page to show that all is well, before the network it came over goes. */
const GOODBYE_MS = 20000
const GUESTS_MAX = 4
/** Of a connection, whoever is slow. */
const GUEST_MS = 15000
/** The page goes out in pieces of this, each when the one before is sent. */
const PIECE_BYTES = 1072
const NETWORKS_MAX = 20
const SCAN_MS = 8000
/** Time for an answer to leave before the radio goes. */
const ANSWER_MS = 500
/** From radio off to radio on. */
const RADIO_MS = 500
const BLINK_MS = 8000

interface Guest {
  socket: GuestSocket
  text: string
  sinceMs: number
  isAnswered: boolean
  /** How much of the page is sent; -1: something else was asked. */
  sent: number
}

interface Setup {
  wifi: SetupWifi
  server: SetupServer | undefined
  names: NamesSocket | undefined
  name: string
  password: string
  /** What a guest must show who was here before the dongle joined another network: only then can nobody else reach this port. */
  cookie: string
  page: string
  say: (line: string) => void
  act: Act
  nowMs: number
  untilMs: number
  isOver: boolean
  guests: Guest[]
  /** As the page gets it: [name in hex, dBm, is locked], strongest first. */
  list: string
  isScanning: boolean
  trial: Trial
  /** Since when all is well; 0 = it is not. */
  doneMs: number
  /** It is in another network, or may be any moment: others may reach the port. */
  isJoined: boolean
  /** The radio is on its way to another network: what is heard is of the one before. */
  isTurning: boolean
  p1: number
  blinkMs: number
}

declare function nrtResult(open: OpenSetup): void

function listOf(points: EngineAccessPoint[], own: string): string {
  const seen: string[] = [own]
  let list = ''
  points.sort((a, b) => b.rssi - a.rssi)
  for (let i = 0; i < points.length && seen.length <= NETWORKS_MAX; i++) {
    const point = points[i] as EngineAccessPoint
    const ssid = point.ssid
    if (ssid === '' || ssid.length > 32 || seen.indexOf(ssid) >= 0) continue
    seen.push(ssid)
    list +=
      (list && ',') +
      '["' +
      toHex(ssid) +
      '",' +
      Math.round(point.rssi) +
      ',' +
      (point.authMode === 'open' ? 0 : 1) +
      ']'
  }
  return list
}

function openNetwork(setup: Setup): void {
  if (!setup.isOver) setup.wifi.startAP(setup.name, { password: setup.password, authMode: 'wpa2' })
}

function scan(setup: Setup, then: () => void): void {
  setup.isScanning = true
  try {
    setup.wifi.scan((first, second) => {
      setup.isScanning = false
      const points = second || first
      if (points) setup.list = listOf(points, setup.name)
      then()
    })
  } catch (_error) {
    setup.isScanning = false
    then()
  }
}

/**
 * A station that is idle beside an access point is never started by the engine (it joins on the event of its start only, jswrap_esp32_network.c).
 * So the radio goes off, the station begins, and the access point comes back beside it: phones are away for a second.
 */
function join(setup: Setup): void {
  const trial = setup.trial
  setup.isJoined = true
  setup.isTurning = true
  setTimeout(() => {
    setup.wifi.disconnect()
    setup.wifi.stopAP()
  }, ANSWER_MS)
  setTimeout(() => {
    setup.isTurning = false
    if (setup.isOver) return
    setup.act([trial.networks[trial.which] as WifiNetwork], false)
    openNetwork(setup)
  }, ANSWER_MS + RADIO_MS)
}

function carryOut(setup: Setup, what: number): void {
  const trial = setup.trial
  if (what === TRY) join(setup)
  else if (what === HOLD) setup.act([], false)
  else if (what === KEEP) {
    trial.state = DONE
    setup.doneMs = setup.nowMs
    setup.act(keptOf(trial), true)
    setup.say('setup: kept')
  }
}

function stateText(setup: Setup): string {
  const trial = setup.trial
  let names = ''
  for (let i = 0; i < trial.networks.length; i++) {
    names += (names && ',') + '"' + toHex((trial.networks[i] as WifiNetwork).ssid) + '"'
  }
  return (
    '{"name":"' +
    setup.name +
    '","state":' +
    trial.state +
    ',"which":' +
    trial.which +
    ',"names":[' +
    names +
    '],"verdicts":[' +
    trial.verdicts.join(',') +
    '],"p1":' +
    setup.p1 +
    ',"leftS":' +
    Math.max(0, Math.round((setup.untilMs - setup.nowMs) / 1000)) +
    ',"isScanning":' +
    setup.isScanning +
    ',"list":[' +
    setup.list +
    ']}'
  )
}

function put(guest: Guest, text: string, isLast: boolean): void {
  try {
    guest.socket.write(text)
    if (isLast) guest.socket.end()
  } catch (_error) {
    // gone already; its 'close' comes
  }
}

function answer(guest: Guest, status: string, more: string, body: string): void {
  guest.isAnswered = true
  guest.text = ''
  const head =
    'HTTP/1.1 ' +
    status +
    '\r\nConnection: close\r\nCache-Control: no-store\r\n' +
    more +
    'Content-Length: ' +
    body.length +
    '\r\n\r\n'
  put(guest, head + body, true)
}

/** The next piece of the page; its own head stands before it. */
function sendPage(setup: Setup, guest: Guest): void {
  const piece = setup.page.substr(guest.sent, PIECE_BYTES)
  guest.sent += piece.length
  put(guest, piece, guest.sent >= setup.page.length)
}

/** Gives the status of what was asked for; '' where it has been answered. */
function serve(setup: Setup, guest: Guest, request: Request): string {
  const trial = setup.trial
  const path = request.path
  // a phone's question whether there is internet, or another name that leads here: only by its address is this page itself
  if (request.host !== ADDRESS) {
    answer(guest, '302 Found', 'Location: http://' + ADDRESS + '/\r\n', '')
    return ''
  }
  const at = request.cookie.indexOf(setup.cookie)
  // the engine's indexOf also finds what the text ends in the middle of
  const isKnown = at >= 0 && request.cookie.substr(at, setup.cookie.length) === setup.cookie
  if (request.method === 'GET' && path === '/') {
    if (!isKnown && setup.isJoined) return '403 Forbidden'
    guest.isAnswered = true
    guest.text = ''
    guest.sent = 0
    put(guest, 'HTTP/1.1 200 OK\r\nSet-Cookie: ' + setup.cookie + '; HttpOnly; SameSite=Strict\r\n', false)
    return ''
  }
  if (!isKnown) return '403 Forbidden'
  if (request.method === 'GET') {
    if (path !== '/state') return '404 Not Found'
    answer(guest, '200 OK', 'Content-Type: application/json\r\n', stateText(setup))
    return ''
  }
  if (request.method !== 'POST') return '405 Method Not Allowed'
  if (isBusy(trial) || setup.doneMs > 0) return '409 Conflict'
  if (path === '/scan') {
    if (!setup.isScanning) scan(setup, () => {})
    return '202 Accepted'
  }
  if (path === '/keep') {
    if (keptOf(trial).length === 0) return '409 Conflict'
    carryOut(setup, KEEP)
    return '202 Accepted'
  }
  if (path !== '/try') return '404 Not Found'
  const networks = readNetworks(request.body)
  if (!networks) return '400 Bad Request'
  postTrial(trial, networks, setup.nowMs)
  carryOut(setup, TRY)
  return '202 Accepted'
}

function hear(setup: Setup, guest: Guest, chunk: string): void {
  if (guest.isAnswered) return
  guest.text += chunk
  const request = readRequest(guest.text)
  if (request === undefined) return
  let status = ''
  if (typeof request === 'number') status = request === 413 ? '413 Content Too Large' : '400 Bad Request'
  else status = serve(setup, guest, request)
  if (status !== '') answer(guest, status, '', '')
}

function greet(setup: Setup, socket: GuestSocket): void {
  const guest: Guest = { socket: socket, text: '', sinceMs: setup.nowMs, isAnswered: false, sent: -1 }
  if (setup.guests.length >= GUESTS_MAX) {
    socket.clsNow = true
    return
  }
  setup.guests.push(guest)
  socket.on('data', chunk => hear(setup, guest, chunk))
  socket.on('drain', () => {
    if (guest.sent >= 0 && guest.sent < setup.page.length) sendPage(setup, guest)
  })
  socket.on('close', () => {
    const at = setup.guests.indexOf(guest)
    if (at >= 0) setup.guests.splice(at, 1)
  })
}

/** Without it the page is there all the same, by its address. */
function openNames(setup: Setup): void {
  try {
    const mine = (globalThis.require('dgram') as unknown as SetupDgram).createSocket('udp4')
    setup.names = mine
    mine.on('message', (query, from) => {
      const answer = nameAnswer(query)
      if (answer !== '' && mine === setup.names) mine.send(answer, from.port, from.address)
    })
    mine.on('close', () => {
      if (mine === setup.names) setup.names = undefined
    })
    mine.bind(NAMES_PORT)
  } catch (_error) {
    setup.names = undefined
  }
}

function close(setup: Setup): void {
  setup.isOver = true
  if (setup.server) setup.server.close()
  if (setup.names) setup.names.close()
  setup.names = undefined
  for (let i = 0; i < setup.guests.length; i++) (setup.guests[i] as Guest).socket.clsNow = true
  setup.guests = []
  setup.wifi.stopAP()
  setup.say('setup: closed')
}

/** Lights and pauses in turn, from the one at `at` on. */
function shine(times: number[], at: number): void {
  digitalWrite(D2, at & 1 ? 0 : 1)
  if (at < times.length) setTimeout(() => shine(times, at + 1), times[at] as number)
}

function tick(setup: Setup, nowMs: number, progress: number, reason: number, p1: number): boolean {
  const trial = setup.trial
  setup.nowMs = nowMs
  setup.p1 = p1
  if (!setup.isTurning) {
    const before = trial.state
    carryOut(setup, tickTrial(trial, progress, reason, nowMs))
    if (trial.state === FAILED && before !== FAILED) setup.say('setup: ' + trial.verdicts.join(' '))
  }
  setup.isJoined = progress > 0 || isBusy(trial)
  if (!setup.names) openNames(setup)
  for (let i = 0; i < setup.guests.length; i++) {
    const guest = setup.guests[i] as Guest
    if (nowMs - guest.sinceMs > GUEST_MS) guest.socket.clsNow = true
  }
  if (nowMs - setup.blinkMs >= BLINK_MS) {
    setup.blinkMs = nowMs
    const verdict = Math.max(0, trial.verdicts[0] || 0, trial.verdicts[1] || 0)
    shine(codeTimes(verdict || p1), 0)
  }
  const isDone = setup.doneMs > 0 && nowMs - setup.doneMs > GOODBYE_MS
  if (!isDone && (nowMs < setup.untilMs || isBusy(trial) || setup.doneMs > 0)) return true
  close(setup)
  return false
}

function openSetup(
  nowMs: number,
  name: string,
  password: string,
  secret: string,
  say: (line: string) => void,
  act: Act,
): SetupTick {
  const net = globalThis.require('net') as unknown as SetupNet
  const setup: Setup = {
    wifi: globalThis.require('Wifi') as unknown as SetupWifi,
    server: undefined,
    names: undefined,
    name: name,
    password: password,
    cookie: 'nrt=' + toHex(secret.substr(0, 16)),
    page: globalThis.require('Storage').read(SETUP_PAGE) || '',
    say: say,
    act: act,
    nowMs: nowMs,
    untilMs: nowMs + WINDOW_MS,
    isOver: false,
    guests: [],
    list: '',
    isScanning: false,
    trial: createTrial(),
    doneMs: 0,
    isJoined: false,
    isTurning: false,
    p1: 0,
    blinkMs: nowMs - BLINK_MS,
  }
  const server = net.createServer(socket => greet(setup, socket))
  setup.server = server
  server.listen(PORT)
  // looked around before there is a network of its own: the radio does one thing at a time
  let isOpen = false
  const open = (): void => {
    if (isOpen) return
    isOpen = true
    openNetwork(setup)
    say('setup: open')
  }
  scan(setup, open)
  setTimeout(open, SCAN_MS)
  return (atMs, progress, reason, p1) => tick(setup, atMs, progress, reason, p1)
}

nrtResult(openSetup)

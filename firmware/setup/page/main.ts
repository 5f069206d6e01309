// The page that the dongle shows on its own network. It asks for the state once a second and draws it; names of networks come and go as
// hex and reach the screen as text only. It keeps nothing, and shows no password that it was not given itself.

import { LANGUAGES, type Word, type Words, wordOf } from './words.ts'

/** As firmware/setup/main.ts says it. */
interface State {
  name: string
  /** 0 idle, 1 joining, 2 reaching, 3 failed, 4 done (trial.ts). */
  state: number
  which: number
  /** Of the networks that were tried, in hex. */
  names: string[]
  verdicts: number[]
  p1: number
  leftS: number
  isScanning: boolean
  list: [string, number, number][]
}

const FAILED = 3
const DONE = 4
const ASK_MS = 1000
const PATIENCE_MS = 4000
/** Unanswered questions before the phone is taken to have left the network. */
const MISSED_MAX = 3
/** Reasons from here on lie behind a network that works. */
const BEHIND = 16

const byId = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T
const input = (id: string): HTMLInputElement => byId<HTMLInputElement>(id)

const toHex = (text: string): string =>
  [...new TextEncoder().encode(text)].map(byte => byte.toString(16).padStart(2, '0')).join('')
const toText = (hex: string): string =>
  new TextDecoder().decode(new Uint8Array((hex.match(/../g) ?? []).map(byte => parseInt(byte, 16))))

let words: Words = LANGUAGES.en as Words
let state: State | undefined
let shownList = ''
let missed = 0
/** Questions so far, and the newest of them that was answered. */
let asked = 0
let answered = 0

const say = (word: Word, value = ''): string => words[word].replace('%', value)

function choose(language: string): void {
  words = LANGUAGES[language] as Words
  document.documentElement.lang = language
  for (const element of document.querySelectorAll<HTMLElement>('[data-word]')) {
    element.textContent = words[element.dataset.word as Word]
  }
  for (const button of byId('languages').children) {
    button.setAttribute('aria-pressed', String(button.textContent === language.toUpperCase()))
  }
  shownList = ''
  draw()
}

function offerLanguages(): void {
  for (const language of Object.keys(LANGUAGES)) {
    const button = document.createElement('button')
    button.textContent = language.toUpperCase()
    button.type = 'button'
    button.lang = language
    button.onclick = () => choose(language)
    byId('languages').append(button)
  }
  const wanted = navigator.languages.map(one => one.slice(0, 2)).find(one => one in LANGUAGES)
  choose(wanted ?? 'en')
}

function notice(kind: string, text: string, code = 0): HTMLElement {
  const box = document.createElement('p')
  box.className = kind
  box.textContent = text
  if (code > 0) {
    const small = document.createElement('small')
    small.textContent = say('code', String(code))
    box.append(small)
  }
  return box
}

/** Only what changed is put on the page: a reader that speaks would say it again every second. */
function put(id: string, boxes: HTMLElement[]): void {
  const html = boxes.map(box => box.outerHTML).join('')
  const place = byId(id)
  if (place.dataset.shown === html) return
  place.dataset.shown = html
  place.replaceChildren(...boxes)
}

function signal(dbm: number): string {
  return say(dbm >= -60 ? 'strong' : dbm >= -70 ? 'good' : dbm >= -78 ? 'weak' : 'tooWeak')
}

function row(value: string, name: string, about: string): HTMLElement {
  const label = document.createElement('label')
  label.className = 'row'
  const radio = document.createElement('input')
  radio.type = 'radio'
  radio.name = 'network'
  radio.value = value
  const text = document.createElement('span')
  text.textContent = name
  const small = document.createElement('small')
  small.textContent = about
  label.append(radio, text, small)
  return label
}

function chosen(): string | undefined {
  return document.querySelector<HTMLInputElement>('input[name=network]:checked')?.value
}

function isOpen(hex: string | undefined): boolean {
  return state?.list.some(one => one[0] === hex && one[2] === 0) === true
}

function drawList({ list, isScanning }: State): void {
  const now = JSON.stringify([list, isScanning, document.documentElement.lang])
  if (now === shownList) return
  shownList = now
  const before = chosen()
  const rows = list.map(([hex, dbm, isLocked]) =>
    row(hex, toText(hex), signal(dbm) + (isLocked ? '' : `, ${say('open')}`)),
  )
  if (isScanning) rows.unshift(notice('busy', say('searching')))
  else if (list.length === 0) rows.unshift(notice('busy', say('none')))
  rows.push(row('', say('otherNetwork'), ''))
  byId('list').replaceChildren(...rows)
  for (const radio of document.querySelectorAll<HTMLInputElement>('input[name=network]')) {
    radio.checked = radio.value === before
  }
  byId('names').replaceChildren(
    ...list.map(([hex]) => {
      const option = document.createElement('option')
      option.value = toText(hex)
      return option
    }),
  )
}

function told(now: State): HTMLElement[] {
  const nameOf = (i: number): string => toText(now.names[i] ?? '')
  if (now.state === DONE) return [notice('good', say(now.verdicts[0] === 0 ? 'done' : 'kept'))]
  const boxes = now.verdicts.flatMap((verdict, i) => {
    if (verdict < 0) return []
    const name = nameOf(i)
    return verdict === 0 ? notice('good', say('fine', name)) : notice('bad', say(wordOf(verdict), name), verdict)
  })
  if (now.state === 1 || now.state === 2) {
    boxes.push(notice('busy', say(now.state === 1 ? 'joining' : 'reaching', nameOf(now.which))))
  }
  return boxes
}

function draw(): void {
  byId('lost').hidden = missed < MISSED_MAX || state?.state === DONE
  byId('lost').textContent = say('lost', state?.name ?? '')
  if (!state) return
  const isFree = state.state === 0 || state.state === FAILED
  byId('name').textContent = state.name
  put('meter', [state.p1 ? notice('bad', say(wordOf(state.p1)), state.p1) : notice('good', say('meterGood'))])
  put('told', told(state))
  byId('keep').hidden = state.state !== FAILED || !state.verdicts.some(one => one === 0 || one >= BEHIND)
  byId('form').hidden = !isFree
  drawList(state)
}

async function ask(path: string, body?: string): Promise<Response> {
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS)
  try {
    return await fetch(path, { method: body === undefined ? 'GET' : 'POST', body, signal: patience.signal })
  } finally {
    clearTimeout(timer)
  }
}

async function look(): Promise<void> {
  const turn = ++asked
  try {
    const response = await ask('/state')
    // opened anew, or by somebody else: only the page itself brings the cookie
    if (response.status === 403) location.reload()
    const now = (await response.json()) as State
    // overtaken: what was asked before a button was pressed says nothing of what it did
    if (turn < answered) return
    answered = turn
    state = now
    missed = 0
  } catch {
    missed++
  }
  draw()
}

/** Until all is well; then the dongle closes its network. */
async function watch(): Promise<void> {
  await look()
  if (state?.state !== DONE) setTimeout(watch, ASK_MS)
}

function complain(text: string): void {
  put('told', [notice('bad', text)])
  byId('told').scrollIntoView()
}

async function post(path: string, body = ''): Promise<void> {
  // on its way or not: the next question tells
  await ask(path, body).catch(() => {})
  await look()
  byId('told').scrollIntoView()
}

interface Typed {
  hex: string
  name: string
  password: string
}

/** What stands in the form: one network, or two. */
function typed(): Typed[] {
  const picked = chosen()
  const name = picked ? toText(picked) : picked === '' ? input('ssid').value : ''
  const password = isOpen(picked) ? '' : input('password').value
  const first = { hex: picked || toHex(name), name, password }
  const second = input('ssid2').value
  return second === '' ? [first] : [first, { hex: toHex(second), name: second, password: input('password2').value }]
}

/** What is missing in it, in words. */
function faultOf({ hex, name, password }: Typed): string | undefined {
  if (hex === '') return say('noName')
  const length = toHex(password).length / 2
  const isLocked = state?.list.some(one => one[0] === hex && one[2] === 1) === true
  return length < 8 && (length > 0 || isLocked) ? say('shortPassword', name) : undefined
}

function submit(event: Event): void {
  event.preventDefault()
  const networks = typed()
  const fault = networks.map(faultOf).find(one => one !== undefined)
  if (fault === undefined) void post('/try', networks.map(one => `${one.hex}:${toHex(one.password)}`).join(','))
  else complain(fault)
}

function start(): void {
  offerLanguages()
  byId('form').onsubmit = submit
  byId('list').onchange = () => {
    const picked = chosen()
    byId('other').hidden = picked !== ''
    byId('secret').hidden = isOpen(picked)
  }
  input('show').onchange = () => {
    for (const id of ['password', 'password2']) input(id).type = input('show').checked ? 'text' : 'password'
  }
  byId('again').onclick = () => void post('/scan')
  byId('keep').onclick = () => void post('/keep')
  void watch()
}

start()

// The page for people without node: the same steps as `nrt flash`, over Web Serial. Engine, program and configuration come from beside
// the page; the key stays in its field, and the label is drawn, not stored.

import type { FlashConfig } from '../../shared/schema/flash-config.ts'
import { makeDongle, type Recipe } from '../flash/make-dongle.ts'
import { bootPrograms } from '../flash/plan.ts'
import type { EnginePart } from '../flash/regions.ts'
import type { Show, StepName } from '../flash/show.ts'
import { inWords, Trouble, troubleOf } from '../flash/trouble.ts'
import { toSvg } from '../label/draw.ts'
import { type LabelFacts, layOut } from '../label/layout.ts'
import { phrase, type Said, say } from '../text/say.ts'
import { speak } from './language.ts'
import { webLineOpener } from './web-line.ts'

/** As scripts/build-flash-page.ts leaves it beside the page. */
interface Kit {
  config: FlashConfig
  engine: { what: string; at: number; file: string; sha256: string }[]
  bundle: string
  /** Names of the files beside it, and of those in Storage. */
  beside: string[]
}

const BAUD = 460_800
const SELF_TEST_MS = 90_000
const ATTEMPTS = 5

function element<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T
}

const language = speak()

function put(id: string, text: string | undefined): void {
  element(id).hidden = text === undefined
  if (text !== undefined) element(id).textContent = text
}

const show: Show = {
  done(step, sentence) {
    element('doing').hidden = true
    put('ask', undefined)
    const line = document.createElement('li')
    line.dataset.step = step
    line.textContent = lineOf(step, sentence)
    element('steps').append(line)
  },
  progress(step, part, sentence) {
    element('doing').hidden = false
    element<HTMLProgressElement>('bar').value = part
    element('what').textContent = lineOf(step, sentence)
  },
  ask: sentence => put('ask', say(sentence, language())),
  trouble(trouble) {
    element('doing').hidden = true
    const { what, next } = inWords(trouble.code, trouble.facts, language())
    element('trouble').dataset.code = trouble.code
    put('trouble', `${what} (${trouble.code}) ${next}`)
  },
}

function lineOf(step: StepName, sentence: Said): string {
  return say(phrase('said.part', { part: phrase(`step.${step}`), said: sentence }), language())
}

async function bytesOf(file: string): Promise<Uint8Array> {
  const answer = await fetch(file)
  if (!answer.ok) throw new Trouble('engine.missing', { path: file, what: phrase('part.beside-page') })
  return new Uint8Array(await answer.arrayBuffer())
}

async function enginePart({ what, at, file, sha256 }: Kit['engine'][number]): Promise<EnginePart> {
  const data = await bytesOf(file)
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data as Uint8Array<ArrayBuffer>))
  const found = Buffer.from(digest).toString('hex')
  if (found !== sha256) throw new Trouble('engine.hash', { path: file, sha256: found })
  return { what, at, data }
}

async function recipeOver(port: SerialPort): Promise<Recipe> {
  const kit = (await (await fetch('kit.json')).json()) as Kit
  const field = (id: string) => element<HTMLInputElement>(id).value
  const asBytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1')
  const network = { ssid: asBytes(field('ssid')), password: asBytes(field('password')) }
  return {
    config: kit.config,
    engine: await Promise.all(kit.engine.map(enginePart)),
    bundle: await bytesOf(kit.bundle),
    beside: await Promise.all(kit.beside.map(async name => ({ name, data: await bytesOf(name) }))),
    boot: bootPrograms(await (await fetch(`${kit.bundle}.boot.json`)).json()),
    networks: network.ssid === '' ? [] : [network],
    access: { url: location.origin, key: field('key').trim() },
    writeLabel: drawLabel,
    tray: undefined,
    baud: BAUD,
    isNewIdentityForced: false,
    needed: [],
    selfTestMs: SELF_TEST_MS,
    attempts: ATTEMPTS,
    openLine: webLineOpener(port),
  }
}

async function drawLabel(facts: LabelFacts): Promise<string[]> {
  const svg = new DOMParser().parseFromString(toSvg(layOut(facts)), 'image/svg+xml').documentElement
  element('drawing').replaceChildren(document.importNode(svg, true))
  element('label').hidden = false
  return [say(phrase('label.on-page'), language())]
}

async function flash(): Promise<void> {
  for (const id of ['steps', 'drawing']) element(id).replaceChildren()
  element('label').hidden = true
  put('trouble', undefined)
  // nobody chose a port: nothing to do, nothing to say
  const port = await navigator.serial.requestPort().catch(() => undefined)
  if (port === undefined) return
  element<HTMLButtonElement>('go').disabled = true
  try {
    const recipe = await recipeOver(port)
    await makeDongle(recipe, say(phrase('connect.chosen-port'), language()), show, {
      met: () => false,
      reached: () => {},
    })
  } catch (thrown) {
    show.trouble(troubleOf(thrown))
  } finally {
    element<HTMLButtonElement>('go').disabled = false
  }
}

if (!('serial' in navigator)) {
  element('unable').hidden = false
  element<HTMLButtonElement>('go').disabled = true
}
element('form').addEventListener('submit', event => {
  event.preventDefault()
  void flash()
})
element('print').addEventListener('click', () => window.print())

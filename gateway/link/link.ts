// The gateway's end of the link to a backend that is another process: it dials, greets, keeps the pulse, and dials again with jitter when the
// line goes: the next backend, where there are several. What a gateway sees of it are the backend's own ports. It keeps nothing: a call that was under way fails, and whoever made
// it makes it again, since (dongle, boot, seq) is stored once.

import type { Clock } from '../../shared/kernel/clock.ts'
import { type DownLine, LINK_VERSION, PULSE_EVERY_MS, PULSE_PATIENCE_MS } from '../../shared/link/link.ts'
import { fromText, toText } from '../../shared/link/texts.ts'
import type { CommandPort } from '../../shared/port/command-port.ts'
import type { Readiness } from '../../shared/port/ingest-port.ts'
import { causeOf, type Log } from '../log.ts'
import type { BackendAddress } from './config.ts'
import { dial, type Line, NotTaken } from './line.ts'
import { type BackendPorts, createPorts } from './ports.ts'

export interface LinkSetup {
  /** Linked with one of them at a time; which one first is left to chance, so that gateways spread. */
  backends: BackendAddress[]
  key: string
  /** Version of this program, for logs. */
  program: string
  clock: Clock
  log: Log
  /** Evenly in 0 … 1. */
  chance(): number
}

export interface BackendLink extends BackendPorts {
  /** The backend's wall clock, where this machine's is another: tokens and times of arrival must fit to those of other gateways. */
  readonly clock: Clock
  isUp(): boolean
  /** Where commands go that come down. */
  attachCommands(commands: CommandPort): void
  /** Called at each change, and once at once. */
  watch(changed: (isUp: boolean) => void): void
  stop(): Promise<void>
}

interface Pulse {
  version: number
  program: string
  timeS: number
  readiness: Readiness
}

/** Clocks that are nearer than this are the same: both tell whole seconds. */
const SAME_CLOCK_S = 2
/** A pulse that was longer on its way, behind thousands of calls or because a machine stood still, says nothing of the clock: that is behind by as much. */
const PROMPT_MS = 1000
const REDIAL_FIRST_MS = 100
const REDIAL_MOST_MS = 5000

export function openBackendLink(setup: LinkSetup): BackendLink {
  const { clock, log, chance } = setup
  let line: Line | undefined
  let readiness: Readiness = { isReady: false, reason: 'backend-away' }
  let skewS = 0
  let heardMs = 0
  let isStopped = false
  let failures = 0
  let turn = Math.floor(chance() * setup.backends.length)
  const said = new Set<string>()
  let wake: (() => void) | undefined
  let commands: CommandPort | undefined
  const watchers: ((isUp: boolean) => void)[] = []

  const ports = createPorts({
    async call(name, body) {
      if (line === undefined) throw new Error('the backend is away')
      const at = line
      try {
        const answer = await at.call(name, body)
        heardMs = clock.monotonicMs()
        return answer
      } catch (cause) {
        // Before the caller hears of it: nobody is to think that the backend is well and the call was wrong.
        if (!(cause instanceof NotTaken)) lost(at)
        else if (cause.status === 503) readiness = readinessIn(cause.body) ?? readiness
        throw cause
      }
    },
    readiness: () => readiness,
  })

  function lost(which: Line): void {
    which.close()
    if (line !== which) return
    line = undefined
    readiness = { isReady: false, reason: 'backend-away' }
    for (const changed of watchers) changed(false)
  }

  function up(which: Line): void {
    line = which
    failures = 0
    said.clear()
    log.info({}, 'linked with the backend')
    for (const changed of watchers) changed(true)
  }

  /** Each trouble once, however often it is met on the way: every backend has its own. */
  function say(cause: unknown): void {
    const words = causeOf(cause)
    if (said.has(words) || isStopped) return
    said.add(words)
    log.warn({ cause: words }, 'no link with the backend: dongles keep their readings until there is one')
  }

  async function run(): Promise<void> {
    while (!isStopped) {
      let dialled: Line | undefined
      try {
        dialled = await dial(setup.backends[turn++ % setup.backends.length] as BackendAddress, setup.key)
        await live(dialled)
        say(new Error('the backend has gone'))
      } catch (cause) {
        say(cause)
      }
      if (dialled !== undefined) lost(dialled)
      if (!isStopped) await pause(Math.min(REDIAL_MOST_MS, REDIAL_FIRST_MS * 2 ** failures++) * chance())
    }
  }

  async function live(own: Line): Promise<void> {
    await pulse(own)
    void own.listen('commands', obey).then(own.close, own.close)
    up(own)
    let isGone = false
    void own.gone.then(() => {
      isGone = true
      lost(own)
      wake?.()
    })
    while (!isGone && !isStopped) {
      await pause(PULSE_EVERY_MS)
      if (!isGone && !isStopped) await pulse(own)
    }
  }

  /** Where thousands of dongles come at once a pulse waits its turn among their calls: any answer is a sign of life. */
  async function pulse(own: Line): Promise<void> {
    heardMs = clock.monotonicMs()
    const late = setInterval(() => {
      if (clock.monotonicMs() - heardMs > PULSE_PATIENCE_MS) own.close()
    }, PULSE_EVERY_MS)
    try {
      const askedMs = clock.monotonicMs()
      const answer = await own.call('pulse', toText([{ version: LINK_VERSION, program: setup.program }]))
      const heard = fromText(answer) as Pulse
      if (heard.version !== LINK_VERSION) {
        throw new Error(
          `the backend (${heard.program}) speaks version ${heard.version} of the link, this ${LINK_VERSION}`,
        )
      }
      readiness = heard.readiness
      if (clock.monotonicMs() - askedMs <= PROMPT_MS) setClock(heard.timeS - clock.wallS())
    } finally {
      clearInterval(late)
    }
  }

  function setClock(foundS: number): void {
    const nextS = Math.abs(foundS) <= SAME_CLOCK_S ? 0 : foundS
    if (Math.abs(nextS - skewS) <= SAME_CLOCK_S && (nextS === 0) === (skewS === 0)) return
    skewS = nextS
    if (skewS === 0) log.info({}, 'this clock is right again')
    else log.warn({ seconds: -skewS }, "this clock is off by so many seconds: the backend's is taken instead")
  }

  function obey(text: string): void {
    const down = downLineOf(text)
    if (down === undefined) return
    switch (down.do) {
      case 'live':
        commands?.requestLive(down.dongleId, down.untilS)
        break
      case 'wake':
        commands?.wake(down.dongleId)
        break
      case 'status':
        commands?.requestStatus?.(down.dongleId)
        break
      case 'disconnect':
        commands?.disconnect(down.dongleId, down.reason)
    }
  }

  async function pause(ms: number): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    wake = undefined
  }

  const running = run()
  return {
    ...ports,
    clock: { monotonicMs: clock.monotonicMs, wallS: () => clock.wallS() + skewS },
    isUp: () => line !== undefined,
    attachCommands(port) {
      commands = port
    },
    watch(changed) {
      watchers.push(changed)
      changed(line !== undefined)
    },
    async stop() {
      isStopped = true
      line?.close()
      wake?.()
      await running
    },
  }
}

/** A backend of another version may say what this one does not know: passed over. */
function downLineOf(text: string): DownLine | undefined {
  try {
    return JSON.parse(text) as DownLine
  } catch {
    return undefined
  }
}

function readinessIn(text: string): Readiness | undefined {
  try {
    return fromText(text) as Readiness | undefined
  } catch {
    return undefined
  }
}

// A scripted dongle that runs by itself: keeps batches under way at a window or a rate, comes back whenever the link or the
// gateway goes, sends again what was not answered. For load and kill runs; its record says what must be in the store.

import { batchOf, type ScriptedDongle } from './scripted-dongle.ts'

export interface DriveOptions {
  /** Batches without an answer at most. */
  windowCount?: number
  /** New batches a second at most; absent: as fast as answers come. */
  perSecond?: number
  readingsPerBatch?: number
  firstSeq?: number
  t0S?: number
  /** Without any ack for this long, everything unanswered goes again. */
  resendMs?: number
  reconnectMs?: number
  /** Without a challenge for this long it hangs up and comes again: a broker may have lost the hello. */
  greetMs?: number
  /** With something unanswered and no ack for this long, too: the line may be dead and not know it. */
  silentMs?: number
}

export interface DrivenDongle {
  readonly dongle: ScriptedDongle
  /** Batches made so far. */
  made(): number
  connects(): number
  /** Makes no new batches; resolves when all that were made are answered. */
  drain(): Promise<void>
  /** Ends at once, answered or not. */
  stop(): Promise<void>
}

export function driveDongle(dongle: ScriptedDongle, options: DriveOptions = {}): DrivenDongle {
  const { windowCount = 4, readingsPerBatch = 10, t0S, resendMs = 2000, reconnectMs = 50 } = options
  let nextSeq = options.firstSeq ?? 0
  let made = 0
  let connects = 0
  let isMaking = true
  let isOn = true
  let budget = options.perSecond === undefined ? Number.POSITIVE_INFINITY : 1
  const wake = new Set<() => void>()

  const refill = setInterval(() => {
    if (options.perSecond !== undefined) budget = Math.min(windowCount, budget + options.perSecond / 20)
    pump()
  }, 50)
  let acksBefore = 0
  let silentMs = 0
  const resend = setInterval(() => {
    const isSilent = dongle.acksReceived === acksBefore && dongle.unacknowledged.size > 0 && isUp()
    silentMs = isSilent ? silentMs + resendMs : 0
    if (silentMs >= (options.silentMs ?? Number.POSITIVE_INFINITY)) {
      silentMs = 0
      dongle.cut()
    } else if (isSilent) dongle.resend()
    acksBefore = dongle.acksReceived
  }, resendMs)

  function isUp(): boolean {
    return dongle.token !== undefined && !dongle.isClosed()
  }

  function pump(): void {
    while (isOn && isMaking && isUp() && dongle.unacknowledged.size < windowCount && budget >= 1) {
      dongle.post(batchOf(dongle.boot, nextSeq, readingsPerBatch, t0S))
      nextSeq += readingsPerBatch
      made++
      budget--
    }
  }

  async function connect(): Promise<void> {
    const late = options.greetMs === undefined ? undefined : setTimeout(() => dongle.cut(), options.greetMs)
    try {
      await dongle.connect()
    } finally {
      clearTimeout(late)
    }
  }

  async function run(): Promise<void> {
    while (isOn) {
      try {
        await connect()
        connects++
        dongle.resend()
        pump()
        await dongle.until(() => {
          pump()
          for (const check of [...wake]) check()
          return !isOn
        }, 'the end')
      } catch {
        // Refused or cut: a dongle comes back.
        if (isOn) await new Promise(resolve => setTimeout(resolve, reconnectMs))
      }
    }
  }

  const running = run()

  async function stop(): Promise<void> {
    isOn = false
    clearInterval(refill)
    clearInterval(resend)
    dongle.cut()
    await running
  }

  return {
    dongle,
    made: () => made,
    connects: () => connects,
    async drain() {
      isMaking = false
      await new Promise<void>(resolve => {
        const check = (): void => {
          if (dongle.unacknowledged.size > 0) return
          wake.delete(check)
          resolve()
        }
        wake.add(check)
        check()
      })
    },
    stop,
  }
}

// Given to a process with --import: its wall clock, in every thread, can be set wrong from outside. The parent sends {clockOffMs} over IPC; from then
// on Date is off by so much. Monotonic time goes on as it does.

import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads'

const SHARED = 'nrt-test-clock'
const shared = (getEnvironmentData(SHARED) ?? new SharedArrayBuffer(8)) as SharedArrayBuffer
const offMs = new Float64Array(shared)
if (isMainThread) {
  setEnvironmentData(SHARED, shared)
  process.on('message', message => {
    const { clockOffMs } = message as { clockOffMs?: number }
    if (clockOffMs !== undefined) offMs[0] = clockOffMs
  })
}

const RealDate = Date
const nowMs = (): number => RealDate.now() + (offMs[0] as number)

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [nowMs()] : args, newTarget),
  apply: () => new RealDate(nowMs()).toString(),
  get: (target, name, receiver) => (name === 'now' ? nowMs : Reflect.get(target, name, receiver)),
})

// on, once, emit and removing listeners, as every object of the engine has them. Listeners run inside the engine one after
// the other; what one throws does not stop the next. What a script emits waits for the idle loop; what the host fires is there.

export type Call = (callback: unknown, args: unknown[]) => void

interface Emitter {
  on(event: string, listener: unknown): void
  once(event: string, listener: unknown): void
  emit(event: string, ...args: unknown[]): void
  removeListener(event: string, listener: unknown): void
  removeAllListeners(event?: string): void
}

export interface EmitterEnds {
  emitter: Emitter
  /** Runs the listeners now. */
  fire(event: string, ...args: unknown[]): void
  listenerCount(event: string): number
}

export function openEmitter(call: Call): EmitterEnds {
  let listeners: { event: string; listener: unknown; isOnce: boolean }[] = []
  function taken(event: string): { listener: unknown }[] {
    const called = listeners.filter(one => one.event === event)
    listeners = listeners.filter(one => !(one.event === event && one.isOnce))
    return called
  }
  const emitter: Emitter = {
    on: (event, listener) => {
      listeners.push({ event, listener, isOnce: false })
    },
    once: (event, listener) => {
      listeners.push({ event, listener, isOnce: true })
    },
    emit: (event, ...args) => {
      const called = taken(event)
      setImmediate(() => {
        for (const one of called) call(one.listener, args)
      })
    },
    removeListener: (event, listener) => {
      listeners = listeners.filter(one => one.event !== event || one.listener !== listener)
    },
    removeAllListeners: event => {
      listeners = event === undefined ? [] : listeners.filter(one => one.event !== event)
    },
  }
  return {
    emitter,
    fire: (event, ...args) => {
      for (const one of taken(event)) call(one.listener, args)
    },
    listenerCount: event => listeners.filter(one => one.event === event).length,
  }
}

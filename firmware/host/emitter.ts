// on, once, emit and removing listeners, as every object of the engine has them. Listeners run inside the engine one after
// the other; what one throws does not stop the next.

export type Call = (callback: unknown, args: unknown[]) => void

export interface Emitter {
  on(event: string, listener: unknown): void
  once(event: string, listener: unknown): void
  emit(event: string, ...args: unknown[]): void
  removeListener(event: string, listener: unknown): void
  removeAllListeners(event?: string): void
}

export interface EmitterEnds {
  emitter: Emitter
  listenerCount(event: string): number
}

export function openEmitter(call: Call): EmitterEnds {
  let listeners: { event: string; listener: unknown; isOnce: boolean }[] = []
  const emitter: Emitter = {
    on: (event, listener) => {
      listeners.push({ event, listener, isOnce: false })
    },
    once: (event, listener) => {
      listeners.push({ event, listener, isOnce: true })
    },
    emit: (event, ...args) => {
      const called = listeners.filter(one => one.event === event)
      listeners = listeners.filter(one => !(one.event === event && one.isOnce))
      for (const one of called) call(one.listener, args)
    },
    removeListener: (event, listener) => {
      listeners = listeners.filter(one => one.event !== event || one.listener !== listener)
    },
    removeAllListeners: event => {
      listeners = event === undefined ? [] : listeners.filter(one => one.event !== event)
    },
  }
  return { emitter, listenerCount: event => listeners.filter(one => one.event === event).length }
}

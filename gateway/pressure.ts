// How much may wait in this process: per dongle and in all, in messages and bytes. Pure: it answers take, wait or refuse;
// the shell stops reading a socket on `wait` and counts on `refuse`. Memory is bounded by `refuseBytes` plus one read per
// connection, whatever dongles send and however long the store is away.

export interface PressureLimits {
  dongleCount: number
  dongleBytes: number
  /** In all: from here on sockets are not read … */
  waitCount: number
  waitBytes: number
  /** … and from here on what was read already is dropped; the dongle still has it and sends it again. */
  refuseBytes: number
}

export interface Load {
  count: number
  bytes: number
}

export interface Pressure {
  limits: PressureLimits
  /** Taken and not yet settled. */
  total: Load
  /** Read, but waiting to be taken. */
  held: Load
}

export function createPressure(limits: PressureLimits): Pressure {
  return { limits, total: { count: 0, bytes: 0 }, held: { count: 0, bytes: 0 } }
}

/** What to do with `bytes` more from a dongle that has `own` taken and `ownHeld` held already. */
export function judge(pressure: Pressure, own: Load, ownHeld: Load, bytes: number): 'take' | 'wait' | Overload {
  const { limits, total, held } = pressure
  if (isGlobalRoom(pressure) && isDongleRoom(pressure, own) && ownHeld.count === 0) return 'take'
  if (total.bytes + held.bytes + bytes > limits.refuseBytes) return 'gateway-over-limit'
  if (ownHeld.bytes + bytes > limits.dongleBytes) return 'dongle-over-limit'
  return 'wait'
}

export type Overload = 'gateway-over-limit' | 'dongle-over-limit'

export function isGlobalRoom(pressure: Pressure): boolean {
  return pressure.total.count < pressure.limits.waitCount && pressure.total.bytes < pressure.limits.waitBytes
}

export function isDongleRoom(pressure: Pressure, own: Load): boolean {
  return own.count < pressure.limits.dongleCount && own.bytes < pressure.limits.dongleBytes
}

export function addLoad(load: Load, bytes: number): void {
  load.count++
  load.bytes += bytes
}

export function dropLoad(load: Load, bytes: number): void {
  load.count--
  load.bytes -= bytes
}

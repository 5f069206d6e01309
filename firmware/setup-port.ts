// What the program and its setup file (firmware/setup) say to each other. The file lies apart in the engine's Storage, is made by another
// build and may be older or newer than the program: so everything goes by place and none of it by a name of ours. Whoever changes
// this changes the name of the file.

import type { WifiNetwork } from './wifi.ts'

/** In Storage: the code, and beside it what a browser gets. The number is that of this seam. */
export const SETUP_FILE = 'setup1'
export const SETUP_PAGE = 'setup1.page'

/** How far the networks under trial have come. */
export const AWAY = 0
export const IN_NETWORK = 1
export const IN_SESSION = 2

/**
 * `networks` are joined from now on, the first of them at once; none: the radio is left alone. With `isKept` they are written into
 * the configuration too, and whatever is joined stays so.
 */
export type Act = (networks: WifiNetwork[], isKept: boolean) => void

/**
 * Once a second. `reason` is the newest of reasons.ts since the last act, 0 = none; `p1` is P1_SILENT, P1_UNREADABLE or 0. False: setup
 * is over, its network and its port are closed; the next thing to do is to forget it.
 */
export type SetupTick = (nowMs: number, progress: number, reason: number, p1: number) => boolean

/** What the file comes to when it is evaluated. `name` and `password` of the setup network, `secret` 32 bytes that nobody can foresee. */
export type OpenSetup = (
  nowMs: number,
  name: string,
  password: string,
  secret: string,
  say: (line: string) => void,
  act: Act,
) => SetupTick

// What ladder, link and MQTT client tell, as lines to compare with.

import type { Socket } from 'node:net'
import {
  FAULT,
  LINK_DOWN,
  LINK_UP,
  MESSAGE,
  NETWORK_DOWN,
  NETWORK_UP,
  REACHABLE,
  RESTART,
  STALE,
  type Told,
} from '../../firmware/network.ts'
import { joined, type Pieces } from '../../shared/kernel/pieces.ts'

const WORDS: { [kind in Told['kind']]: string } = {
  [NETWORK_UP]: 'up',
  [NETWORK_DOWN]: 'down',
  [FAULT]: 'fault',
  [RESTART]: 'restart',
  [LINK_UP]: 'up',
  [MESSAGE]: 'message',
  [LINK_DOWN]: 'down',
  [REACHABLE]: 'reachable',
  [STALE]: 'stale',
}

/** As `down 29`, `message abc`, `up`. */
export function inWords(what: Told): string {
  const more = 'code' in what ? what.code : 'text' in what ? what.text : ''
  return `${WORDS[what.kind]} ${more}`.trim()
}

/** What is for the socket, as the binary string that the engine makes of it. */
export function inText(bytes: string | Pieces): string {
  return typeof bytes === 'string' ? bytes : Buffer.from(joined(bytes)).toString('latin1')
}

/** Where a client sends to, as a socket of node. */
export const toSocket =
  (socket: Socket) =>
  (bytes: string | Pieces): void => {
    socket.write(inText(bytes), 'latin1')
  }

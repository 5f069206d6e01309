// Why a way from the meter to the gateway failed: one number per cause, counted since start and said on the console, in the status and
// on the setup page.
// docs/reasons.md says each in a sentence, with what to do. Numbers are for ever: append only, 40 at most.

// this side: the radio, the network, its address
export const NO_ACCESS_POINT = 1
export const AUTH_EXPIRED = 2
export const ACCESS_POINT_LEFT = 3
export const HANDSHAKE_FAILED = 4
export const SIGNAL_LOST = 5
export const AUTH_FAILED = 6
export const ASSOCIATION_FAILED = 7
export const ASSOCIATION_EXPIRED = 8
export const ASSOCIATION_OTHER = 9
export const JOIN_TIMEOUT = 10
export const NO_ADDRESS = 11
export const SCAN_FAILED = 12
export const WEAK_SIGNAL = 13
export const ADDRESS_CHANGED = 14
export const NOTHING_ANSWERS = 15
// names
export const DNS_SILENT = 16
export const NAME_UNKNOWN = 17
// the gateway's host
export const PROBE_UNANSWERED = 18
export const PROBE_FOREIGN = 19
export const NO_TLS_MEMORY = 20
export const NOT_CONNECTED = 21
export const CONNECT_TIMEOUT = 22
export const SOCKET_ERROR = 23
export const CLOSED_BY_PEER = 24
export const TLS_FAILED = 25
// the broker
export const NOT_MQTT = 26
export const NO_CONNACK = 27
export const REFUSED = 28
export const REFUSED_CREDENTIALS = 29
export const SUBSCRIPTION_REFUSED = 30
export const BAD_PACKET = 31
export const PACKET_TOO_LARGE = 32
export const NO_PINGRESP = 33
export const NO_PUBACK = 34
// the session
export const NO_CHALLENGE = 35
export const NO_ACKS = 36
export const LINK_TIMEOUT = 37
export const NETWORK_LOST = 38
// the meter, as the setup page says it
export const P1_SILENT = 39
export const P1_UNREADABLE = 40

const REASONS_MAX = 40

export interface Reasons {
  /** The newest; 0 = none yet. */
  last: number
  counts: Uint16Array
}

export function createReasons(): Reasons {
  return { last: 0, counts: new Uint16Array(REASONS_MAX + 1) }
}

export function noteReason(reasons: Reasons, code: number): void {
  reasons.last = code
  const count = reasons.counts[code] as number
  if (count < 65535) reasons.counts[code] = count + 1
}

/** The newest, then each with its count, as many as a status carries (64 characters): "29 1:3 29:2". */
export function reasonText(reasons: Reasons): string {
  let text = '' + reasons.last
  for (let i = 1; i <= REASONS_MAX && text.length < 56; i++)
    if ((reasons.counts[i] as number) > 0) text += ' ' + i + ':' + reasons.counts[i]
  return text
}

// One HTTP request, read from what a stranger sends: bounded, and refused where it is anything else than what our page asks. Pure. A
// connection carries one request; what comes after it is never looked at.

/** Head and body. A browser's head takes some 700 bytes, our longest body 390. */
const REQUEST_MAX = 2000
const BODY_MAX = 400

export interface Request {
  method: string
  path: string
  /** '' where there is none. */
  host: string
  cookie: string
  body: string
}

/** Value of a header line, '' where there is none. `head` begins with the request line. */
function header(head: string, name: string): string {
  const at = head.toLowerCase().indexOf('\r\n' + name + ':')
  if (at < 0) return ''
  const from = at + name.length + 3
  const end = head.indexOf('\r\n', from)
  return (end < 0 ? head.substr(from) : head.substr(from, end - from)).trim()
}

/** undefined: more must come. A number: it is refused with this status. */
export function readRequest(text: string): Request | number | undefined {
  if (text.length > REQUEST_MAX) return 413
  const end = text.indexOf('\r\n\r\n')
  // the engine's indexOf also finds what the text ends in the middle of
  if (end < 0 || end + 4 > text.length) return undefined
  const head = text.substr(0, end)
  const line = head.indexOf('\r\n')
  const words = (line < 0 ? head : head.substr(0, line)).split(' ')
  const path = words[1]
  if (words.length !== 3 || !path || (words[2] as string).substr(0, 7) !== 'HTTP/1.') return 400
  if (header(head, 'transfer-encoding') !== '') return 400
  const said = header(head, 'content-length')
  const length = said === '' ? 0 : parseInt(said, 10)
  // a text of digits is its own number written out
  if (length < 0 || (said !== '' && '' + length !== said)) return 400
  if (length > BODY_MAX) return 413
  const body = text.substr(end + 4)
  if (body.length < length) return undefined
  return {
    method: words[0] as string,
    path: path,
    host: header(head, 'host'),
    cookie: header(head, 'cookie'),
    body: body.substr(0, length),
  }
}

const HEX = '0123456789abcdef'

/** Bytes as two digits each: so nothing that a stranger calls his network can be anything but a name. */
export function toHex(bytes: string): string {
  let hex = ''
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes.charCodeAt(i)
    hex += HEX.charAt(byte >> 4) + HEX.charAt(byte & 15)
  }
  return hex
}

/** undefined where it is not that. */
function fromHex(hex: string): string | undefined {
  let bytes = ''
  if (hex.length & 1) return undefined
  for (let i = 0; i < hex.length; i += 2) {
    const high = HEX.indexOf(hex.charAt(i))
    const low = HEX.indexOf(hex.charAt(i + 1))
    if (high < 0 || low < 0) return undefined
    bytes += String.fromCharCode(high * 16 + low)
  }
  return bytes
}

/** One or two networks, `name:password` in hex, the second after a comma. undefined where that is not what it says; a password has 8 … 63 bytes or none. */
export function readNetworks(body: string): { ssid: string; password: string }[] | undefined {
  const networks: { ssid: string; password: string }[] = []
  const parts = body.split(',')
  for (let i = 0; i < parts.length; i++) {
    const pair = (parts[i] as string).split(':')
    const ssid = fromHex(pair[0] as string)
    const password = fromHex(pair.length === 2 ? (pair[1] as string) : '0')
    if (ssid === undefined || password === undefined) return undefined
    const isSecret = password.length > 7 && password.length < 64
    if (ssid.length < 1 || ssid.length > 32 || !(isSecret || password === '')) return undefined
    networks.push({ ssid: ssid, password: password })
  }
  return networks.length > 2 ? undefined : networks
}

// Where the platform may post to at somebody else's wish: public addresses, never its own network (server-side request forgery). A name is looked up by
// the connection itself and every address that comes back is checked there, so that what was checked is what is connected to.

import { lookup as lookUp } from 'node:dns'
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net'
import { failed, ok, type Result } from '../../shared/kernel/result.ts'

// Two lists: one list would hold an IPv4 address against the IPv6 rules as well, as the mapped address that it is there.
const closedV4 = new BlockList()
const closedV6 = new BlockList()
/** IANA's special-purpose registries (RFC 6890 and later): nothing there is an ESP on the internet. */
const CLOSED_V4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const
// Of IPv6 only what is given out to the world is open (2000::/3), without what leads to an IPv4 address or nowhere.
const CLOSED_V6 = [
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const
for (const [net, prefix] of CLOSED_V4) closedV4.addSubnet(net, prefix, 'ipv4')
for (const [net, prefix] of CLOSED_V6) closedV6.addSubnet(net, prefix, 'ipv6')

/** An address of the public internet, in the form in which sockets take it. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !closedV4.check(address, 'ipv4')
  return family === 6 && !closedV6.check(address, 'ipv6')
}

export type TargetFault =
  | { code: 'url.malformed' }
  | { code: 'url.not-https' }
  | { code: 'url.not-public' }
  | { code: 'url.with-password' }

/** A webhook's address as it may be kept. `mayBePrivate`: for a sandbox; then http and any address will do. */
export function checkTarget(text: string, mayBePrivate: boolean): Result<URL, TargetFault> {
  if (!URL.canParse(text)) return failed({ code: 'url.malformed' })
  const url = new URL(text)
  if (url.protocol !== 'https:' && !(mayBePrivate && url.protocol === 'http:')) return failed({ code: 'url.not-https' })
  if (url.username !== '' || url.password !== '') return failed({ code: 'url.with-password' })
  const host = bareHost(url)
  // An address in figures is never looked up: it is checked here. Names that mean this machine are known by name.
  const isLiteral = isIP(host) !== 0
  const isOpen = isLiteral ? isPublicAddress(host) : !/(^|\.)(localhost|local|internal|home\.arpa)\.?$/i.test(host)
  return isOpen || mayBePrivate ? ok(url) : failed({ code: 'url.not-public' })
}

function bareHost({ hostname }: URL): string {
  const bare = hostname.replace(/^\[|\]$/g, '')
  return isIPv6(bare) ? bare : hostname
}

/** For `lookup` of a connection: fails with code ENOTPUBLIC unless every address is public. */
export function publicLookup(mayBePrivate: boolean, resolve: typeof lookUp = lookUp): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '', 0)
      if (!mayBePrivate && !addresses.every(({ address }) => isPublicAddress(address))) {
        return callback(
          Object.assign(new Error('the name leads to an address that is not public'), { code: 'ENOTPUBLIC' }),
          '',
          0,
        )
      }
      const [first] = addresses
      if (first === undefined) return callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '', 0)
      if (options.all === true) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}

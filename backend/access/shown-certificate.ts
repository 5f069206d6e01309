// The certificate that came with a request: from its own TLS connection, or from a header of a proxy that ended TLS for us and is at an address that the
// settings name. From anywhere else that header is what anybody may write, and is not looked at.

import { createHash, X509Certificate } from 'node:crypto'
import { BlockList, isIP } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { FastifyRequest } from 'fastify'

/** SHA-256 of its DER in base64url: `x5t#S256` of RFC 8705. Undefined: none was shown, or none that can be read. */
export type ShownCertificate = (request: FastifyRequest) => string | undefined

export function thumbprintOfCertificate(der: Uint8Array): string {
  return createHash('sha256').update(der).digest('base64url')
}

/** `proxies`: addresses and networks (10.0.0.0/8), with commas between; undefined for a text that is something else. */
export function readProxies(text: string): BlockList | undefined {
  const list = new BlockList()
  for (const entry of text.split(',')) {
    const [address = '', bits, ...more] = entry.trim().split('/')
    const family = isIP(address)
    const most = family === 4 ? 32 : 128
    if (family === 0 || more.length > 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most))) {
      return undefined
    }
    list.addSubnet(address, bits === undefined ? most : Number(bits), family === 4 ? 'ipv4' : 'ipv6')
  }
  return list
}

export function createShownCertificate(header: string, proxies: BlockList | undefined): ShownCertificate {
  const name = header.toLowerCase()
  return ({ raw: { socket, headers } }) => {
    if (socket instanceof TLSSocket) {
      const own = certificateOf(socket)
      if (own !== undefined) return own
    }
    const text = headers[name]
    if (typeof text !== 'string' || proxies === undefined || !isAmong(proxies, socket.remoteAddress ?? '')) {
      return undefined
    }
    return fromHeader(text)
  }
}

/** Its other end has proved in the handshake that it has the key. */
export function certificateOf(socket: TLSSocket): string | undefined {
  const { raw } = socket.getPeerX509Certificate() ?? {}
  return raw && thumbprintOfCertificate(raw)
}

/** Whether an address, as a socket has it, is one of these. */
export function isAmong(proxies: BlockList, address: string): boolean {
  const bare = address.replace(/^::ffff:(?=\d+\.)/, '') // IPv4, heard on an IPv6 socket
  const family = isIP(bare)
  return family !== 0 && proxies.check(bare, family === 4 ? 'ipv4' : 'ipv6')
}

/** DER in base64, with colons around it (RFC 9440) or not (haproxy), or PEM in percent encoding (nginx). */
function fromHeader(text: string): string | undefined {
  try {
    const source = text.startsWith('-----BEGIN') ? decodeURIComponent(text) : bytesOf(text)
    return source && thumbprintOfCertificate(new X509Certificate(source).raw)
  } catch {
    return undefined // no certificate, whatever it is
  }
}

function bytesOf(text: string): Buffer | undefined {
  const base64 = /^(:?)([A-Za-z0-9+/]+={0,2})\1$/.exec(text)?.[2]
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64')
}

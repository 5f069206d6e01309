// Where a key may be sent: over TLS, or within this computer. Pure.

/** Without the slash at its end; undefined for what is no address, or one on whose way others can read along. */
export function safeAddress(text: string): string | undefined {
  const url = URL.parse(text)
  const isHere = url !== null && /^(localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname)
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && isHere) ? text.replace(/\/+$/, '') : undefined
}

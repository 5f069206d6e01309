// A name server that knows one answer: every name is here. So a phone that joins asks its maker's page whether there is internet, is led
// to ours, and shows it by itself. Pure; an answer is at most 16 bytes longer than its question, and to anything that is no plain
// question there is none.

/** RFC 1035 4.1: a name of this address, forgotten after 5 s; the name is the one asked for (a pointer to byte 12). */
const HERE = '\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x05\x00\x04\xc0\xa8\x04\x01'
const HEAD_BYTES = 12
const NAME_BYTES_MAX = 255

/** The whole answer as bytes; '' where none is due. */
export function nameAnswer(query: string): string {
  const at = (i: number): number => query.charCodeAt(i)
  // one question, and nothing but a question of the usual kind
  if (query.length < HEAD_BYTES + 5 || (at(2) & 0xf8) !== 0 || at(4) * 256 + at(5) !== 1) return ''
  let end = HEAD_BYTES
  while (at(end) > 0 && at(end) < 64 && end < HEAD_BYTES + NAME_BYTES_MAX) end += at(end) + 1
  if (at(end) !== 0 || query.length < end + 5) return ''
  // of the internet's class an address (type 1); whatever else is asked, the name is there and has none of it
  const isAddress = at(end + 1) * 256 + at(end + 2) === 1
  const head = query.substr(0, 2) + '\x81\x80\x00\x01\x00' + (isAddress ? '\x01' : '\x00') + '\x00\x00\x00\x00'
  return head + query.substr(HEAD_BYTES, end + 5 - HEAD_BYTES) + (isAddress ? HERE : '')
}

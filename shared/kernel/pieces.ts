// Bytes in pieces, in order: what is put together from heads, texts and payloads is joined once, at the end, by whoever needs it in
// one. The dongle's engine joins natively, forty times faster than a loop of ours copies.

/** A number is one byte (its low eight bits, of at most 31), a text a byte a character (0 … 255). */
export type Piece = number | string | Uint8Array | Pieces
export interface Pieces extends Array<Piece> {}

/** In one array, the plain way. */
export function joined(pieces: Uint8Array | Pieces): Uint8Array {
  if (pieces instanceof Uint8Array) return pieces
  const bytes = new Uint8Array(lengthOf(pieces))
  putPieces(bytes, 0, pieces)
  return bytes
}

/** In bytes. */
export function lengthOf(piece: Piece): number {
  if (typeof piece === 'number') return 1
  if (typeof piece === 'string' || piece instanceof Uint8Array) return piece.length
  let length = 0
  for (const inner of piece) length += lengthOf(inner)
  return length
}

/** Copies them to `at`, where there must be room; returns where they end. */
export function putPieces(bytes: Uint8Array, at: number, piece: Piece): number {
  if (typeof piece === 'number') bytes[at] = piece
  else if (piece instanceof Uint8Array) bytes.set(piece, at)
  else if (typeof piece === 'string') {
    for (let i = 0; i < piece.length; i++) bytes[at + i] = piece.charCodeAt(i)
  } else {
    for (const inner of piece) at = putPieces(bytes, at, inner)
    return at
  }
  return at + lengthOf(piece)
}

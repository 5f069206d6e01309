// Where the engine parts from the standard in a way that shared code should not have to know. Imported first, for its effect.

// Its slice() of a typed array gives a plain array: every byte a variable of 14 bytes, and no subarray() on the result.
Uint8Array.prototype.slice = function (this: Uint8Array, from?: number, to?: number): Uint8Array {
  const part = this.subarray(from === undefined ? 0 : from, to === undefined ? this.length : to)
  const copy = new Uint8Array(part.length)
  copy.set(part)
  return copy
}

// The engine's string search (src/jswrap_string.c): a needle also matches where the text ends in the middle of it, so
// "ab\n".indexOf("\nzz") is 2. Code that trusts indexOf would pass on node and fail on the chip; here it fails too.

/** Runs inside the realm; everything it needs stands in it. */
export function tameStrings(): void {
  const nativeIndexOf = String.prototype.indexOf
  type Replace = (this: string, what: unknown, by: unknown) => string
  const nativeReplace = String.prototype.replace as Replace
  const nativeReplaceAll = String.prototype.replaceAll as Replace

  function search(text: string, what: unknown, from: unknown): number {
    const needle = String(what)
    if (needle.length > text.length) return -1
    const last = text.length - needle.length + 1
    const start = Math.min(Math.max(typeof from === 'number' ? from | 0 : 0, 0), last)
    const whole = nativeIndexOf.call(text, needle, start)
    if (whole >= 0 || needle === '') return whole
    for (let at = Math.max(start, last); at < text.length; at++) {
      if (needle.startsWith(text.substring(at))) return at
    }
    return -1
  }

  function replaceText(text: string, what: unknown, by: unknown, isAll: boolean): string {
    const needle = String(what)
    const replacement = String(by)
    let out = text
    for (let at = search(out, needle, 0); at >= 0; at = isAll ? search(out, needle, at + replacement.length) : -1) {
      out = out.substring(0, at) + replacement + out.substring(at + needle.length)
      if (needle === '') break
    }
    return out
  }

  const nativeSplit = String.prototype.split as (this: string, by: unknown) => string[]

  const methods = {
    indexOf(this: string, what: unknown, from?: unknown): number {
      return search(String(this), what, from)
    },
    includes(this: string, what: unknown, from?: unknown): boolean {
      return search(String(this), what, from) >= 0
    },
    // a limit is not looked at
    split(this: string, by?: unknown): string[] {
      return nativeSplit.call(this, by)
    },
    // a pattern or a function goes the language's own way
    replace(this: string, what: unknown, by: unknown): string {
      const isText = typeof what === 'string' && typeof by === 'string'
      return isText ? replaceText(String(this), what, by, false) : nativeReplace.call(this, what, by)
    },
    replaceAll(this: string, what: unknown, by: unknown): string {
      const isText = typeof what === 'string' && typeof by === 'string'
      return isText ? replaceText(String(this), what, by, true) : nativeReplaceAll.call(this, what, by)
    },
  }
  for (const [name, value] of Object.entries(methods)) {
    Object.defineProperty(String.prototype, name, { value, writable: true, configurable: true, enumerable: false })
  }
}

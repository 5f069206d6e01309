// Expected outcomes are values. A fault is a union by `code` with its facts; the caller switches over `code`.
// Espruino dialect: plain functions, no classes.

/** Either a value or the fault that says, by `code`, why there is none. */
export type Result<T, F> = { ok: true; value: T } | { ok: false; fault: F }

export function ok<T>(value: T): { ok: true; value: T } {
  return { ok: true, value: value }
}

export function failed<F>(fault: F): { ok: false; fault: F } {
  return { ok: false, fault: fault }
}

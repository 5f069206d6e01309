// The few choices the browser remembers. Where storage is closed to the page (private windows, strict settings) a choice
// lasts as long as the page, and nothing breaks.

export function remembered(key: string): string | null {
  try {
    return localStorage.getItem(`nrt.${key}`)
  } catch {
    return null
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(`nrt.${key}`, value)
  } catch {
    // Not remembered; the page goes on.
  }
}

// The engine's console, at which anybody with a cable could type: locked as long as there is something to protect, open for a while
// when an order says so. What is printed comes out all the same.

import { asciiBytes, type EnvelopeCrypto } from '../shared/envelope/crypto.ts'
import { binaryText } from '../shared/session/order.ts'
import type { Self } from './identity.ts'

/** From now on the console wants a word that only the device key gives, and most of whose letters no keyboard has. */
export function lockConsole(self: Self, crypto: EnvelopeCrypto): void {
  E.setPassword(binaryText(crypto.hmacSha256(self.keys.cmd, asciiBytes('console')).subarray(0, 16)))
  E.lockConsole()
}

/** For so long the word is "open"; then who is at it is locked out again. */
export function openConsole(self: Self, crypto: EnvelopeCrypto, seconds: number, say: (line: string) => void): void {
  E.setPassword('open')
  say('console: type open, for ' + seconds + ' s')
  setTimeout(() => {
    lockConsole(self, crypto)
    say('console: locked')
  }, seconds * 1000)
}

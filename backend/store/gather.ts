// Writes to the registers that come while others are written go together, in one transaction: each one of its own has to wait for the readings'
// writer, and holds up the readings that are measured meanwhile. After an outage a thousand dongles come within seconds, and each says how it is every five minutes.

import { setImmediate as turn } from 'node:timers/promises'

/** The registers are nobody else's while a group is written. */
const GROUP_MAX = 64

interface Waiting<Item, Answer> extends PromiseWithResolvers<Answer> {
  item: Item
}

/**
 * `write` takes a group in which no key comes twice, and gives the answers in its order. What is returned resolves with the answer to its own item,
 * and rejects with what `write` rejected with for its group. Who comes in one turn is in one group, also if nobody waited before.
 */
export function gather<Item, Answer>(
  keyOf: (item: Item) => string,
  write: (items: Item[]) => Promise<Answer[]>,
): (item: Item) => Promise<Answer> {
  let waiting: Waiting<Item, Answer>[] = []
  let isRunning = false

  /** The oldest that wait; a second one of a key stays for the next. */
  function takeGroup(): Waiting<Item, Answer>[] {
    const group = new Map<string, Waiting<Item, Answer>>()
    const second: Waiting<Item, Answer>[] = []
    let looked = 0
    for (; looked < waiting.length && group.size < GROUP_MAX; looked++) {
      const one = waiting[looked] as Waiting<Item, Answer>
      const key = keyOf(one.item)
      if (group.has(key)) second.push(one)
      else group.set(key, one)
    }
    waiting = second.concat(waiting.slice(looked))
    return [...group.values()]
  }

  async function run(): Promise<void> {
    await turn()
    while (waiting.length > 0) {
      const group = takeGroup()
      try {
        const answers = await write(group.map(one => one.item))
        for (let i = 0; i < group.length; i++) group[i]?.resolve(answers[i] as Answer)
      } catch (error) {
        for (const one of group) one.reject(error)
      }
    }
    isRunning = false
  }

  return item => {
    const one = { item, ...Promise.withResolvers<Answer>() }
    waiting.push(one)
    if (!isRunning) {
      isRunning = true
      void run()
    }
    return one.promise
  }
}

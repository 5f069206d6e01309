// Group commit without a timer of its own: while one commit runs, what arrives queues; the next group is whatever queued meanwhile. A
// commit that fails is tried again for ever, with growing pauses, and nothing is dropped. The one exception is an item that
// alone makes commits fail while others succeed: it is handed to `giveUp`, so that poison never blocks.

export interface LaneOptions<Item, Outcome> {
  groupCountMax: number
  groupBytesMax: number
  retryFirstMs: number
  retryMostMs: number
  bytesOf(item: Item): number
  /** A group is formed when it resolves, and not before; absent: as soon as the group before is committed. */
  beat?(): Promise<void>
  /** Resolves with one outcome per item when all are durable; rejects when none is. */
  commit(items: Item[]): Promise<Outcome[]>
  settled(items: Item[], outcomes: Outcome[]): void
  /** False while the other side itself says that it cannot commit: then no item is suspected. */
  isHealthy(): boolean
  /** Commits of all lanes to the same store: others that succeed may be in another one. */
  tally: { commits: number }
  /** Takes an item that failed alone three times while others were committed. */
  giveUp(item: Item): void
  /** Once per change. */
  failing(isFailing: boolean, cause: unknown): void
}

export interface Lane<Item> {
  push(item: Item): void
  readonly count: number
  readonly bytes: number
  readonly isFailing: boolean
  /** Lets the running commit end and starts no other. What is queued stays with the dongles. */
  stop(): Promise<void>
}

const TRIES_ALONE = 3

export function openLane<Item extends object, Outcome>(options: LaneOptions<Item, Outcome>): Lane<Item> {
  let queue: Item[] = []
  let queuedBytes = 0
  let running: Promise<void> | undefined
  let isStopping = false
  let isFailing = false
  let groupCountMax = options.groupCountMax
  let retryMs = options.retryFirstMs
  let wake: (() => void) | undefined
  const suspects = new WeakMap<Item, { tries: number; commitsBefore: number }>()

  function nextGroup(): Item[] {
    let bytes = 0
    let count = 0
    while (count < queue.length && count < groupCountMax) {
      bytes += options.bytesOf(queue[count] as Item)
      if (count > 0 && bytes > options.groupBytesMax) break
      count++
    }
    return queue.slice(0, count)
  }

  function leave(count: number): void {
    for (let i = 0; i < count; i++) queuedBytes -= options.bytesOf(queue[i] as Item)
    queue = queue.slice(count)
  }

  function committed(group: Item[], outcomes: Outcome[]): void {
    options.tally.commits++
    leave(group.length)
    retryMs = options.retryFirstMs
    groupCountMax = Math.min(options.groupCountMax, groupCountMax * 2)
    setFailing(false, undefined)
    options.settled(group, outcomes)
  }

  /** The store works but not with this group: halve it until the culprit stands alone, then let others pass it. */
  function suspect(group: Item[]): void {
    groupCountMax = Math.max(1, Math.floor(group.length / 2))
    if (group.length > 1) return
    const item = group[0] as Item
    const record = suspects.get(item) ?? { tries: 0, commitsBefore: options.tally.commits }
    record.tries++
    suspects.set(item, record)
    leave(1)
    if (record.tries < TRIES_ALONE || options.tally.commits === record.commitsBefore) {
      append(item)
      return
    }
    // Others are stored: it was never the store that failed.
    setFailing(false, undefined)
    options.giveUp(item)
  }

  async function mayForm(): Promise<boolean> {
    if (queue.length > 0 && !isStopping) await options.beat?.()
    return queue.length > 0 && !isStopping
  }

  async function run(): Promise<void> {
    while (await mayForm()) {
      const group = nextGroup()
      let outcomes: Outcome[]
      try {
        outcomes = await options.commit(group)
      } catch (cause) {
        setFailing(true, cause)
        if (options.isHealthy()) suspect(group)
        await pause()
        continue
      }
      committed(group, outcomes)
    }
  }

  async function pause(): Promise<void> {
    if (isStopping) return
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, retryMs)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    wake = undefined
    retryMs = Math.min(options.retryMostMs, retryMs * 2)
  }

  function setFailing(next: boolean, cause: unknown): void {
    if (next === isFailing) return
    isFailing = next
    options.failing(next, cause)
  }

  function append(item: Item): void {
    queue.push(item)
    queuedBytes += options.bytesOf(item)
  }

  return {
    push(item) {
      append(item)
      // The group is formed a turn later, so that everything read from the sockets in this turn can join it.
      running ??= Promise.resolve()
        .then(() => new Promise<void>(resolve => setImmediate(resolve)))
        .then(run)
        .finally(() => {
          running = undefined
        })
    },
    get count() {
      return queue.length
    },
    get bytes() {
      return queuedBytes
    },
    get isFailing() {
      return isFailing
    },
    async stop() {
      isStopping = true
      wake?.()
      await running
    },
  }
}

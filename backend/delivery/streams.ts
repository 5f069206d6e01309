// The channel of MQTT streams: `esp/1/<esp>/<permission>/<format>`, for whoever of that ESP reads it. It knows which connections there are and what they
// read; the listener writes, and asks for each packet whether it still may leave. After a permission's end every connection that read it is dropped: its other
// permissions go on when it comes again, from where they were.

import type { StreamDoor, StreamPolicy, StreamReader, StreamRights } from '../../shared/port/stream-port.ts'
import { DELIVERY_FORMATS, type DeliveryFormat } from '../../shared/schema/delivery.ts'
import type { Permission } from '../consent/permission.ts'
import { afterAll, type Channel, type Delivery, type Outcome } from './delivery.ts'
import { documentsOf } from './formats/formats.ts'

/** Deliveries to one ESP that are not confirmed; more wait in the store. */
export const STREAM_UNDER_WAY_MAX = 256
/** A connection comes again with a fresh token after this. */
const CONNECTION_MAX_MS = 3_600_000

export interface StreamRooms {
  /** Whose token this is; undefined: nobody's, or not any more. */
  espOf(token: string, certificate: Uint8Array | undefined): Promise<string | undefined>
  /** This program delivers: streams are read here. */
  isDelivering(): boolean
  nowMs(): number
  roomMade(): void
  /** An ESP reads; the outbox opens lanes for what it has not had. */
  wanted(espId: string): void
}

interface Client {
  filters: string[][]
  reader: StreamReader | undefined
  onGone: (() => void)[]
}

interface Esp {
  clients: Set<Client>
  underWay: number
  /** By permission; anew when somebody subscribes or goes. */
  formatsOf: Map<string, DeliveryFormat[]>
}

export type Streams = Channel & {
  policy: StreamPolicy
  /** Where messages go; until then nobody reads. */
  attachDoor(door: StreamDoor): void
  /** Cuts an ESP's connections; they come again, and show what they have to show now. */
  endOf(espId: string): void
  connections(): number
  /** Another delivers: its readers come again, and find it. */
  dropAll(): void
}

export function streamTopic(espId: string, permissionId: string, format: DeliveryFormat): string {
  return `esp/1/${espId}/${permissionId}/${format}`
}

export function createStreams(rooms: StreamRooms): Streams {
  const esps = new Map<string, Esp>()
  let door: StreamDoor | undefined

  return {
    name: 'mqtt',
    serves: espId => (esps.get(espId)?.clients.size ?? 0) > 0,
    hasRoom,
    send,
    end,
    policy: { admit },
    endOf(espId) {
      for (const { reader } of esps.get(espId)?.clients ?? []) reader?.drop()
    },
    attachDoor(opened) {
      door = opened
    },
    dropAll() {
      for (const { clients } of esps.values()) for (const { reader } of clients) reader?.drop()
    },
    connections: () => [...esps.values()].reduce((sum, esp) => sum + esp.clients.size, 0),
  }

  /** The user name is the ESP's id, the password its access token; the client id is its own affair. */
  async function admit(
    _clientId: string,
    username: string,
    password: string,
    certificate: Uint8Array | undefined,
  ): Promise<StreamRights | undefined> {
    // Told as "server unavailable": it is to try again, or elsewhere.
    if (!rooms.isDelivering()) throw new Error('another backend delivers')
    const espId = await rooms.espOf(password, certificate)
    return espId === undefined || espId !== username ? undefined : rightsOf(espId)
  }

  function rightsOf(espId: string): StreamRights {
    const esp = espOf(espId)
    const client: Client = { filters: [], reader: undefined, onGone: [] }
    let timer: NodeJS.Timeout | undefined
    const own = `esp/1/${espId}/`
    return {
      realm: espId,
      // A filter that reaches beyond its own branch is refused, not narrowed: whoever sends it has misunderstood something.
      maySubscribe: filter => filter.startsWith(own),
      opened(reader) {
        client.reader = reader
        esp.clients.add(client)
        timer = setTimeout(reader.drop, CONNECTION_MAX_MS)
        timer.unref()
      },
      subscribed(filter) {
        client.filters.push(filter.split('/'))
        esp.formatsOf.clear()
        rooms.wanted(espId)
        rooms.roomMade()
      },
      unsubscribed(filter) {
        client.filters = client.filters.filter(one => one.join('/') !== filter)
        esp.formatsOf.clear()
      },
      left() {
        clearTimeout(timer)
        esp.clients.delete(client)
        esp.formatsOf.clear()
        for (const gone of client.onGone.splice(0)) gone()
      },
    }
  }

  function espOf(espId: string): Esp {
    let esp = esps.get(espId)
    if (esp === undefined) {
      esp = { clients: new Set(), underWay: 0, formatsOf: new Map() }
      esps.set(espId, esp)
    }
    return esp
  }

  function hasRoom(permission: Permission): boolean {
    const esp = esps.get(permission.espId)
    if (esp === undefined || door === undefined || esp.underWay >= STREAM_UNDER_WAY_MAX) return false
    return formatsFor(esp, permission).length > 0
  }

  function formatsFor(esp: Esp, { espId, permissionId }: Permission): DeliveryFormat[] {
    const known = esp.formatsOf.get(permissionId)
    if (known !== undefined) return known
    const filters = [...esp.clients].flatMap(client => client.filters)
    const formats = DELIVERY_FORMATS.filter(format => {
      const topic = streamTopic(espId, permissionId, format).split('/')
      return filters.some(filter => isMatch(filter, topic))
    })
    esp.formatsOf.set(permissionId, formats)
    return formats
  }

  function send(delivery: Delivery, mayLeave: () => boolean, done: (outcome: Outcome) => void): void {
    const { permission } = delivery
    const esp = espOf(permission.espId)
    const payloads = formatsFor(esp, permission).flatMap(format =>
      documentsOf(format, delivery, Math.floor(rooms.nowMs() / 1000)).map(document => ({
        topic: streamTopic(permission.espId, permission.permissionId, format),
        payload: Buffer.from(JSON.stringify(document)),
      })),
    )
    esp.underWay++
    const receipts = createReceipts(payloads.length, isDelivered => {
      esp.underWay--
      if (isDelivered) done({ kind: 'delivered' })
      else done({ kind: mayLeave() ? 'again' : 'ended' })
    })
    for (const message of payloads) {
      const receipt = receipts()
      receipt.readers(door?.publish({ ...message, mayLeave, left: receipt.left }) ?? 0)
    }
  }

  function end(permission: Permission, gone: () => void): void {
    const { espId, permissionId } = permission
    const esp = esps.get(espId)
    const topics = DELIVERY_FORMATS.map(format => streamTopic(espId, permissionId, format).split('/'))
    const readers = [...(esp?.clients ?? [])].filter(({ filters }) =>
      filters.some(filter => topics.some(topic => isMatch(filter, topic))),
    )
    esp?.formatsOf.delete(permissionId)
    const left = afterAll(readers.length, gone)
    for (const client of readers) {
      client.onGone.push(left)
      client.reader?.drop()
    }
  }
}

/** Settles once: true when every message was confirmed by one reader, false when one of them reached nobody. */
function createReceipts(messages: number, settled: (isDelivered: boolean) => void) {
  let open = messages
  let isSettled = false
  if (messages === 0) {
    isSettled = true
    settled(true)
  }

  function settle(isDelivered: boolean): void {
    if (isSettled) return
    isSettled = true
    settled(isDelivered)
  }

  return () => {
    let failures = 0
    let readers = Number.POSITIVE_INFINITY
    let isConfirmed = false
    return {
      left(isTaken: boolean): void {
        if (isTaken && !isConfirmed) {
          isConfirmed = true
          open--
          if (open === 0) settle(true)
        } else if (!isTaken) {
          failures++
          if (!isConfirmed && failures >= readers) settle(false)
        }
      },
      /** How many it is on its way to; some may have answered before that was known. */
      readers(count: number): void {
        readers = count
        if (!isConfirmed && failures >= readers) settle(false)
      },
    }
  }
}

/** MQTT 3.1.1 section 4.7. */
function isMatch(filter: string[], topic: string[]): boolean {
  for (let i = 0; i < filter.length; i++) {
    if (filter[i] === '#') return true
    if (i >= topic.length || (filter[i] !== '+' && filter[i] !== topic[i])) return false
  }
  return filter.length === topic.length
}

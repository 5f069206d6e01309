// A dongle for tests, kill runs and load: the real wire (CONNECT password, hello, challenge, sealed batches) without flash and
// meter. It does what it is told and keeps a record of what was acknowledged; what a real dongle decides by itself
// (when to connect, what first) is shared/session/sender.ts and tested with that.

import { createHash, randomBytes } from 'node:crypto'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import { nodeCrypto } from '../../gateway/node-crypto.ts'
import { type Batch, type BatchId, spanOf } from '../../shared/batch/batch.ts'
import { readArrayHead, readMapHead, readUint } from '../../shared/batch/cbor.ts'
import { encodeBatch } from '../../shared/batch/encode.ts'
import { type DongleKeys, deriveKeys } from '../../shared/envelope/keys.ts'
import { seal, unseal } from '../../shared/envelope/seal.ts'
import { assert } from '../../shared/kernel/assert.ts'
import { dongleIdFrom } from '../../shared/kernel/ids.ts'
import type { Pieces } from '../../shared/kernel/pieces.ts'
import { connectPassword } from '../../shared/session/connect.ts'
import {
  COMMAND_NAMES,
  COMMAND_OUTCOMES,
  type Command,
  KIND_ACK,
  KIND_CHALLENGE,
  KIND_COMMAND,
  type OpenedMessage,
  openMessage,
  REFUSAL_REASONS,
  type RefusalReason,
  readBatchId,
  type StatusReport,
} from '../../shared/session/messages.ts'
import { decodeChallenge, decodeCommand } from '../../shared/session/messages-down.ts'
import { encodeBatchMessage, encodeHello, encodeResult, encodeStatus } from '../../shared/session/messages-up.ts'
import { downTopic, upTopic } from '../../shared/session/topics.ts'

export interface DongleIdentity {
  dongleId: string
  deviceKey: Uint8Array
  epoch: number
}

/** The same number gives the same dongle for ever; numbers are whole. */
export function identityOf(number: number): DongleIdentity {
  const digest = createHash('sha256').update(`scripted dongle ${number}`).digest()
  const deviceKey = createHash('sha256').update(`key of scripted dongle ${number}`).digest()
  return { dongleId: dongleIdFrom(digest), deviceKey, epoch: 1 }
}

/** `count` readings one second apart from `t0S` on, plausible and different for every `firstSeq`. */
export function batchOf(boot: number, firstSeq: number, count = 10, t0S = 1_790_000_000): Batch {
  const rows = Array.from({ length: count }, (_, i) => firstSeq + i)
  return {
    boot,
    firstSeq,
    meter: 0,
    timeS: rows.map(seq => t0S + seq),
    fields: [0, 1, 2, 3, 4, 5, 6],
    columns: [
      rows.map(seq => 1_000_000 + Math.floor(seq / 7)),
      rows.map(() => 2_000_000),
      rows.map(() => 30_000),
      rows.map(() => 40_000),
      rows.map(seq => 300 + ((seq * 7919) % 90)),
      rows.map(() => 0),
      rows.map(() => 1),
    ],
    losses: [],
  }
}

export interface ScriptedDongleOptions {
  identity: DongleIdentity
  host?: string
  port: number
  boot?: number
  /** The last session of this boot; the next connection is one above. */
  session?: number
  qos?: 0 | 1
  /** More of npm mqtt's options: TLS, protocol version, keep-alive … */
  mqtt?: Partial<IClientOptions>
}

export type Verdict = 'final' | RefusalReason

export interface ReceivedCommand {
  number: number
  name: Command['name'] | undefined
  seconds: number
}

export class ScriptedDongle {
  readonly dongleId: string
  readonly keys: DongleKeys
  boot: number
  session: number
  /** Sent and not answered, by name; the bytes are the batch's. */
  readonly unacknowledged = new Map<string, { id: BatchId; bytes: Uint8Array }>()
  readonly acknowledged = new Map<string, Verdict>()
  readonly commands: ReceivedCommand[] = []
  /** Messages from the gateway that were not authentic. */
  strangeMessages = 0
  acksReceived = 0
  intervalS = 0
  token: Uint8Array | undefined
  private answeredNonce: Uint8Array | undefined
  client: MqttClient | undefined
  private n = 0
  private nonce: Uint8Array = new Uint8Array(0)
  private readonly options: ScriptedDongleOptions
  private readonly listeners = new Set<() => void>()

  constructor(options: ScriptedDongleOptions) {
    this.options = options
    this.dongleId = options.identity.dongleId
    this.keys = deriveKeys(nodeCrypto, options.identity.deviceKey, options.identity.epoch)
    this.boot = options.boot ?? 1
    this.session = options.session ?? 0
  }

  /** CONNECT, subscribe, hello, challenge checked. Rejects when the gateway closes on the way. */
  async connect(): Promise<void> {
    await this.connectMqtt()
    await this.greet()
  }

  /** Only MQTT: CONNECT with a right password and SUBSCRIBE to the own down topic. */
  async connectMqtt(password?: string): Promise<void> {
    this.session++
    this.n = 0
    this.token = undefined
    this.nonce = randomBytes(16)
    const client = connect({
      host: this.options.host ?? '127.0.0.1',
      port: this.options.port,
      protocolVersion: 4,
      clean: true,
      keepalive: 60,
      clientId: this.dongleId,
      username: this.dongleId,
      password: password ?? connectPassword(nodeCrypto, this.keys, this.dongleId, this.boot, this.session),
      reconnectPeriod: 0,
      ...this.options.mqtt,
    })
    this.client = client
    client.on('message', (_topic, payload) => this.take(payload))
    client.on('close', () => this.notify())
    const isLost = new Promise<never>((_, reject) => {
      client.once('error', reject)
      client.once('close', () => reject(new Error('closed before CONNACK or SUBACK')))
    })
    const isUp = new Promise<void>(resolve => client.once('connect', () => resolve()))
    await Promise.race([isUp, isLost])
    client.on('error', () => {})
    isLost.catch(() => {})
    await Promise.race([client.subscribeAsync(downTopic(this.dongleId), { qos: 0 }), isLost])
  }

  async greet(): Promise<void> {
    this.sendHello()
    await this.until(() => this.token !== undefined, 'a challenge')
  }

  /** A dongle has one nonce per session; a clone might have another. */
  sendHello(nonce: Uint8Array = this.nonce): void {
    this.nonce = nonce
    this.publish(this.seal(encodeHello(this.boot, this.session, this.nonce, 'scripted'), randomBytes(16)))
  }

  /** Seals and sends; resolves with the gateway's verdict. Rejects when the connection closes first. */
  async send(batch: Batch): Promise<Verdict> {
    const id = this.post(batch)
    return this.verdictOf(id)
  }

  /** Seals and sends without waiting. */
  post(batch: Batch): BatchId {
    const id = { boot: batch.boot, firstSeq: batch.firstSeq, span: spanOf(batch) }
    this.postBytes(id, encodeBatch(batch))
    return id
  }

  /** Any bytes under the name of a batch; poison for tests. */
  postBytes(id: BatchId, bytes: Uint8Array): void {
    this.unacknowledged.set(keyOf(id), { id, bytes })
    this.publish(this.sealBatch(id, bytes))
  }

  /** Everything unanswered once more, as a dongle does after a reconnect or a timeout. */
  resend(): void {
    for (const { id, bytes } of this.unacknowledged.values()) this.publish(this.sealBatch(id, bytes))
  }

  sendStatus(status: Partial<StatusReport>): void {
    this.publish(this.seal(encodeStatus(this.mustToken(), ++this.n, { boot: this.boot, ...status }), randomBytes(16)))
  }

  sendResult(number: number, outcome: 'done' | 'refused' | 'unknown'): void {
    this.publish(
      this.seal(encodeResult(this.mustToken(), ++this.n, number, COMMAND_OUTCOMES.indexOf(outcome)), randomBytes(16)),
    )
  }

  sealBatch(id: BatchId, bytes: Uint8Array): Uint8Array {
    return this.seal(encodeBatchMessage(this.mustToken(), ++this.n, id, bytes).plain, randomBytes(16))
  }

  seal(plain: Uint8Array | Pieces, iv: Uint8Array): Uint8Array {
    return seal(nodeCrypto, this.keys, this.dongleId, 'up', iv, plain)
  }

  publish(bytes: Uint8Array, topic = upTopic(this.dongleId)): void {
    assert(this.client !== undefined, 'connect comes first')
    this.client.publish(topic, Buffer.from(bytes), { qos: this.options.qos ?? 1 }, () => {})
  }

  async verdictOf(id: BatchId): Promise<Verdict> {
    await this.until(() => this.acknowledged.has(keyOf(id)), 'an ack')
    return this.acknowledged.get(keyOf(id)) as Verdict
  }

  /** Resolves when `isSo`; rejects when the connection closes before. */
  async until(isSo: () => boolean, what: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const check = (): void => {
        if (isSo()) resolve()
        else if (this.isClosed()) reject(new Error(`the gateway closed before ${what}`))
        else return
        this.listeners.delete(check)
      }
      this.listeners.add(check)
      check()
    })
  }

  isClosed(): boolean {
    return this.client === undefined || this.client.stream?.destroyed === true || this.client.disconnected === true
  }

  /** Resolves when the connection is gone, whoever ended it. */
  async closed(): Promise<void> {
    const client = this.client
    if (client === undefined || this.isClosed()) return
    await new Promise<void>(resolve => client.once('close', () => resolve()))
  }

  /** Cuts the link without a word, as a radio does. */
  cut(): void {
    this.client?.end(true)
    this.client?.stream.destroy()
  }

  async end(): Promise<void> {
    await this.client?.endAsync(true)
  }

  private mustToken(): Uint8Array {
    assert(this.token !== undefined, 'greet comes first')
    return this.token
  }

  private take(sealed: Uint8Array): void {
    const plain = unseal(nodeCrypto, this.keys, this.dongleId, 'down', sealed)
    const message = plain.ok ? openMessage(plain.value) : undefined
    if (message === undefined) this.strangeMessages++
    else if (message.kind === KIND_CHALLENGE) this.takeChallenge(message)
    else if (message.token === undefined || !sameBytes(message.token, this.token)) this.strangeMessages++
    else if (message.kind === KIND_ACK) this.takeAck(message)
    else if (message.kind === KIND_COMMAND) this.takeCommand(message)
    else this.takeOther(message)
    this.notify()
  }

  /** Kinds that are another's business: a dongle that also takes updates extends this one. */
  protected takeOther(_message: OpenedMessage): void {}

  /** Seals what `encode` makes of the token and the next number, and sends it. */
  protected say(encode: (token: Uint8Array, n: number) => Uint8Array): void {
    this.publish(this.seal(encode(this.mustToken(), ++this.n), randomBytes(16)))
  }

  private takeChallenge(message: Message): void {
    const challenge = decodeChallenge(message.body)
    if (challenge === undefined || !sameBytes(challenge.nonce, this.nonce)) {
      this.strangeMessages++
      return
    }
    // As a dongle does it: of several hellos the first answer counts.
    if (this.token !== undefined && this.answeredNonce === this.nonce) return
    this.answeredNonce = this.nonce
    this.token = challenge.token.slice()
    this.intervalS = challenge.intervalS
  }

  /** {0: [[boot, firstSeq, span] …], 1: [[boot, firstSeq, span, reason] …]} */
  private takeAck({ body }: Message): void {
    this.acksReceived++
    readMapHead(body, 2)
    for (let part = 0; part < 2; part++) {
      readUint(body, 1)
      const count = readArrayHead(body, 1000)
      for (let i = 0; i < count; i++) {
        readArrayHead(body, 4)
        const key = keyOf(readBatchId(body))
        const verdict: Verdict = part === 0 ? 'final' : (REFUSAL_REASONS[readUint(body, 255)] ?? 'malformed')
        this.acknowledged.set(key, verdict)
        this.unacknowledged.delete(key)
      }
    }
  }

  private takeCommand({ body }: Message): void {
    const command = decodeCommand(body)
    if (command === undefined) return
    const { number, code, seconds } = command
    this.commands.push({ number, name: COMMAND_NAMES[code - 1], seconds })
  }

  private notify(): void {
    for (const listener of [...this.listeners]) listener()
  }
}

type Message = OpenedMessage

function keyOf(id: BatchId): string {
  return `${id.boot}.${id.firstSeq}.${id.span}`
}

function sameBytes(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && Buffer.compare(a, b) === 0
}

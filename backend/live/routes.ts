// Live: what is stored now, as Server-Sent Events. Somebody who watches makes the dongle deliver every second: as long as one stream of a
// metering point is open, its dongles are asked again every minute.

import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { Reading } from '../../shared/reading/reading.ts'
import { type LiveReading, LiveReadingSchema } from '../../shared/schema/metering-point.ts'
import { QualitySchema } from '../../shared/schema/quality.ts'
import { qualityOf } from '../metering-points/quality.ts'
import { openBatch, readingsOf } from '../metering-points/raw.ts'
import { holdingOf, type MeteringPointRooms, PointParams } from '../metering-points/routes.ts'
import { problemAnswers } from '../openapi.ts'
import { Problem } from '../problem.ts'
import type { BackendMetrics } from '../supervision/metrics.ts'
import type { Holding } from '../tenures/tenures.ts'
import { type EventStream, openEventStream } from './event-stream.ts'
import type { FanOut } from './fan-out.ts'

const EventData = {
  ...{ type: 'string', description: 'data of each event', contentMediaType: 'application/json' },
  contentSchema: Type.Union([LiveReadingSchema, QualitySchema]),
}

/** How far back a stream that comes again is served from the store; whoever was away longer reads the range first. */
const REPLAY_MAX_S = 900
const LIVE_WINDOW_S = 180

export interface LiveRooms extends MeteringPointRooms {
  fanOut: FanOut
  metrics: BackendMetrics
  streamsMax: number
  /** How often the heartbeat comes, and the quality is told where it has changed. */
  qualityEveryMs: number
  /** How often dongles are asked for delivery every second. */
  askEveryMs: number
  requestLive(dongleId: string, untilS: number): void
  /** Whether who asked for the stream may still have it: keys, sessions and mandates end. */
  isStillLetIn(request: FastifyRequest): Promise<boolean>
}

export function liveRoutes(rooms: LiveRooms): FastifyPluginCallbackTypebox {
  const { clock, fanOut, metrics, store } = rooms
  return (app, _options, done) => {
    app.get(
      '/metering-points/:id/live',
      {
        config: { access: 'readings.see' },
        exposeHeadRoute: false,
        schema: {
          tags: ['metering points'],
          summary: 'Newly stored readings and the quality of the line, as Server-Sent Events',
          description:
            'Events `reading` and `quality`. `id` is the newest time sent; Last-Event-ID replays at most 15 minutes.',
          security: [{ accessKey: [] }, { cookie: [] }],
          params: PointParams,
          headers: Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 20 })) }),
          response: {
            200: Type.Unsafe({
              description: 'the stream',
              content: { 'text/event-stream': { schema: EventData } },
            }),
            ...problemAnswers(
              'access.missing',
              'access.throttled',
              'role.missing',
              'metering-point.unknown',
              'live.full',
              'store.unavailable',
            ),
          },
        },
      },
      async (request, reply) => {
        const holding = await holdingOf(rooms, request, request.params.id)
        if (fanOut.count() >= rooms.streamsMax) throw new Problem('live.full')
        const nowS = clock.wallS()
        await rooms.noteMandated(request, { tenureNo: holding.tenureNo, what: 'live', fromS: nowS, toS: nowS })
        const lastId = Number(request.headers['last-event-id'] ?? Number.NaN)
        serve(holding, request, reply, Number.isSafeInteger(lastId) ? lastId : undefined)
        return reply
      },
    )
    done()
  }

  function serve(holding: Holding, request: FastifyRequest, reply: FastifyReply, lastId: number | undefined): void {
    const headers = Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]))
    reply.hijack()
    const stream = openEventStream(reply.raw, headers, () => metrics.liveCut.inc())
    let newestS = lastId ?? 0
    const sendReadings = (readings: Reading[], receivedAtMs: number): void => {
      newestS = Math.max(newestS, readings.at(-1)?.timeS ?? 0)
      const [fromS = newestS, toS = newestS] = [readings[0]?.timeS, readings.at(-1)?.timeS]
      // one that cannot be written down is the last: whoever listens comes again
      rooms.noteMandated(request, { tenureNo: holding.tenureNo, what: 'live', fromS, toS }).catch(stream.end)
      const data: LiveReading = { readings, receivedAtMs }
      stream.send('reading', data, newestS)
    }
    // Joined before the replay begins: nothing falls between the two. What is stored meanwhile waits for its end, so that times rise.
    let waiting: Parameters<typeof sendReadings>[] | undefined = lastId === undefined ? undefined : []
    const leave = fanOut.join(holding.tenureNo, {
      readings: (...stored) => (waiting === undefined ? sendReadings(...stored) : void waiting.push(stored)),
      end: stream.end,
    })
    const goOn = (): void => {
      for (const stored of waiting ?? []) sendReadings(...stored)
      waiting = undefined
    }
    // One that fails ends the stream: whoever listens comes again and says what it has.
    if (lastId !== undefined) replay(holding, lastId, sendReadings).then(goOn, stream.end)
    const stopTelling = keepTelling(holding, request, stream)
    metrics.liveStreams.set(fanOut.count())
    reply.raw.on('close', () => {
      leave()
      stopTelling()
      metrics.liveStreams.set(fanOut.count())
    })
  }

  async function replay(
    holding: Holding,
    lastId: number,
    sendReadings: (readings: Reading[], receivedAtMs: number) => void,
  ): Promise<void> {
    const nowS = clock.wallS()
    const fromS = Math.max(lastId + 1, nowS - REPLAY_MAX_S, holding.fromS)
    for await (const { row, bytes } of store.batches(holding.tenureNo, fromS, nowS + REPLAY_MAX_S)) {
      const readings = readingsOf(openBatch(bytes)).filter(reading => reading.timeS >= fromS)
      if (readings.length > 0) sendReadings(readings, row.receivedAtMs)
    }
  }

  /** Quality now and then on, and the wish for live delivery; returns how to stop. */
  function keepTelling(holding: Holding, request: FastifyRequest, stream: EventStream): () => void {
    let told = ''
    let isOver = false
    const tellQuality = async (): Promise<void> => {
      if (!(await rooms.isStillLetIn(request))) return stream.end()
      const quality = await qualityOf(store, rooms.dongles, holding, clock.wallS())
      const text = JSON.stringify(quality)
      if (isOver || text === told) return
      stream.send('quality', quality)
      told = text
    }
    const ask = async (): Promise<void> => {
      // Its end is told at once; a sibling that died with the word on its lips is met here.
      const openNo = await rooms.tenures.openTenureNo(holding.meteringPointNo)
      if (openNo !== holding.tenureNo) return stream.end()
      for (const { dongleId } of await rooms.dongles.ofMeteringPoint(holding.meteringPointNo)) {
        rooms.requestLive(dongleId, clock.wallS() + LIVE_WINDOW_S)
      }
    }
    // A register that cannot be read now is said on /readyz; the stream goes on and the next turn tries again.
    const quietly = (work: () => Promise<void>) => () => void work().catch(() => {})
    const timers = [
      // whoever hears nothing for three turns gives the line up: the heartbeat waits for no register
      setInterval(stream.heartbeat, rooms.qualityEveryMs),
      setInterval(quietly(tellQuality), rooms.qualityEveryMs),
      setInterval(quietly(ask), rooms.askEveryMs),
    ]
    quietly(tellQuality)()
    quietly(ask)()
    return () => {
      isOver = true
      for (const timer of timers) clearInterval(timer)
    }
  }
}

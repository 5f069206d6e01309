// `npm run soak [-- --hours N] [--every S] [--variables N] [--speed N] [--lines] [--leak] [--stack] [--outage [--virtual]] [--json]` (needs ESPRUINO): days of the real engine with the
// real bundle, the gateway killed for ten minutes and the network lost every six hours. Prints the memory by the hour and exits 0 only if it did
// not grow, and everything that was sent arrived or is counted. `--outage` tells one killing of the gateway line by line, at 60 times the speed of
// a clock if nothing else is asked, with `--virtual` on the virtual dongle (no engine needed); it exits 0 only if all arrived. `--lines` prints the dongle's console instead, with its
// seconds; `--stack` measures how deep the engine's stack gets, and that alone (needs valgrind).

import { parseArgs } from 'node:util'
import { bundleFirmware } from '../../scripts/build-firmware.ts'
import type { Memory } from '../support/paced-engine.ts'
import { findEngine, fitEngineVersion } from '../support/real-engine.ts'
import { needTools } from '../support/tools.ts'
import { liveDays } from './days.ts'
import { figuresOf, outageFigures, stackFigures, tell } from './figures.ts'
import { type Hour, hoursOf } from './memory-curve.ts'
import { liveOutage } from './outage.ts'
import type { Incident } from './stand.ts'

const HOUR_S = 3600
const OUTAGE_S = 600
const OUTAGE_SPEED = '60'
const INCIDENT_EVERY_S = 6 * HOUR_S
/** A fault of the program, to show that it would be seen: a number kept for each telegram. */
const LEAK = 'var leaked=[];Serial2.on("data",function(d){if(d.indexOf("!")>=0)leaked.push(getTime());});'

function incidentsOf(seconds: number): Incident[] {
  const incidents: Incident[] = []
  // the first one early: a run of half an hour has one too
  for (let atS = 300; atS + OUTAGE_S < seconds; atS += INCIDENT_EVERY_S) {
    incidents.push({ kind: 'gateway killed', fromS: atS, toS: atS + OUTAGE_S })
    incidents.push({ kind: 'network lost', fromS: atS + INCIDENT_EVERY_S / 2, toS: atS + INCIDENT_EVERY_S / 2 })
  }
  return incidents
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      hours: { type: 'string', default: '72' },
      every: { type: 'string', default: '1' },
      variables: { type: 'string', default: '5000' },
      speed: { type: 'string' },
      outage: { type: 'boolean', default: false },
      virtual: { type: 'boolean', default: false },
      lines: { type: 'boolean', default: false },
      leak: { type: 'boolean', default: false },
      stack: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  const usualSpeed = values.outage ? OUTAGE_SPEED : '0'
  const numbers = [values.hours, values.every, values.variables, values.speed ?? usualSpeed].map(Number)
  const [hours, everyS, variables, speed] = numbers
  const build = () => bundleFirmware(new URL('../../firmware/main.ts', import.meta.url).pathname)
  if (values.outage && values.virtual) {
    return tellOutage('virtual dongle', (await build()).code, undefined, variables!, speed!, values.json)
  }
  needTools('soak', 'socat', ...(values.stack ? ['valgrind'] : []))
  const engine = findEngine()
  const version = engine && fitEngineVersion(engine)
  if (!engine || !version) {
    console.error('soak needs the engine: ESPRUINO=/path/to/espruino, a Linux build that knows the ESP32 flash')
    process.exit(2)
  }
  const seconds = Math.round(hours! * HOUR_S)
  if (!(seconds > 0 && Number.isInteger(everyS) && everyS! > 0 && variables! > 0 && speed! >= 0)) {
    console.error('soak: --hours, --every, --variables and --speed take numbers above 0, --every whole seconds')
    process.exit(2)
  }
  const { code } = await build()
  if (values.outage) return tellOutage(`Espruino ${version}`, code, engine, variables!, speed!, values.json)
  if (values.stack) return tell(await stackFigures(engine, code), values.json)
  const startedMs = performance.now()
  if (!values.json) {
    console.log(
      `Espruino ${version}, ${variables} variables, bundle of ${code.length} bytes, a telegram each ${everyS} s`,
    )
    if (!values.lines) console.log('hour   used, least  used, most  least free')
  }
  const seen: Memory[] = []
  const show = (hour: Hour): void => {
    const numbers = [hour.usedLeast, hour.usedMost, hour.leastFree].map(number => String(number).padStart(12))
    if (values.json) console.log(JSON.stringify(hour))
    else if (!values.lines) console.log(String(hour.hour).padStart(4) + numbers.join(''))
  }
  const days = await liveDays({
    engine,
    bundle: code,
    variables: variables!,
    seconds,
    everyS: everyS!,
    speed: speed!,
    incidents: incidentsOf(seconds),
    script: values.leak ? LEAK : undefined,
    line: (second, text) => {
      if (values.lines && !values.json) console.log(`${clockOf(second)}  ${text}`)
    },
    memory: one => {
      const [before] = hoursOf(seen).slice(-1)
      seen.push(one)
      if (before && hoursOf(seen).at(-1)?.hour !== before.hour) show(before)
    },
  })
  for (const last of hoursOf(seen).slice(-1)) show(last)
  tell(figuresOf(days, everyS!), values.json)
  if (!values.json) {
    const lost = Object.entries(days.lost).map(([reason, count]) => `${count} ${reason}`)
    const tookS = (performance.now() - startedMs) / 1000
    console.log(
      `${clockOf(seconds)} in ${tookS.toFixed(0)} s (${(seconds / tookS).toFixed(0)} times as fast), ${days.sessions} sessions, ` +
        `losses: ${lost.join(', ') || 'none'}`,
    )
  }
}

async function tellOutage(
  machine: string,
  bundle: string,
  engine: string | undefined,
  variables: number,
  speed: number,
  isJson: boolean,
): Promise<void> {
  if (!(speed > 0)) throw new Error('soak: an outage has a speed above 0')
  const line = (second: number, who: string, text: string): void => {
    if (isJson) console.log(JSON.stringify({ second, who, text }))
    else console.log(`${clockOf(second)}  ${who.padEnd(8)} ${text}`)
  }
  line(0, 'machine', `${machine}, bundle of ${bundle.length} bytes, ${speed} times as fast as a clock`)
  const outage = await liveOutage({ engine, bundle, variables, speed, line })
  tell(outageFigures(outage), isJson)
}

/** h:mm:ss since the start. */
function clockOf(second: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0')
  return `${Math.floor(second / HOUR_S)}:${two((second % HOUR_S) / 60)}:${two(second % 60)}`
}

await main()

// What Prometheus sees of a process: the samples of one scrape, as text and as numbers, and how two scrapes become the series that its rule
// engine is tested with.

export interface Sample {
  name: string
  /** As they stand in the text, without the braces. */
  labels: string
  value: number
}

export interface Scrape {
  text: string
  samples: Sample[]
  /** Names that only rise: counters, and all that a histogram counts. */
  counters: Set<string>
  atS: number
}

const SLOW_MS = 2000

/** One that took long (a busy machine) is done again: what time it was when a clock was read would not be known. */
export async function scrape(address: string): Promise<Scrape> {
  for (;;) {
    const startMs = performance.now()
    const response = await fetch(`${address}/metrics`)
    const scraped = scrapeOf(await response.text())
    if (performance.now() - startMs < SLOW_MS) return scraped
  }
}

/** The text format of Prometheus, version 0.0.4, as prom-client writes it. */
export function scrapeOf(text: string): Scrape {
  const samples: Sample[] = []
  const counters = new Set<string>()
  for (const line of text.split('\n')) {
    const [, typed, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? []
    if (typed !== undefined && type === 'counter') counters.add(typed)
    if (typed !== undefined && type === 'histogram') {
      for (const part of ['bucket', 'sum', 'count']) counters.add(`${typed}_${part}`)
    }
    const [, name, labels = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    if (name !== undefined && value !== undefined) samples.push({ name, labels, value: numberOf(value) })
  }
  return { text, samples, counters, atS: (performance.timeOrigin + performance.now()) / 1000 }
}

function numberOf(text: string): number {
  return text === 'Nan' || text === 'NaN' ? Number.NaN : Number(text)
}

const CALM_MIN = 40
const TROUBLE_MIN = 40

/**
 * Series of a minute a value: as `before` for 40 minutes, then as `after`, and the trouble goes on: a counter rises each minute by what it rose
 * between the two. The rule engine's clock begins at 0, so times are told from the scrape on.
 */
export function seriesOf(before: Scrape, after: Scrape): { series: string; values: string }[] {
  const known = new Map(before.samples.map(sample => [`${sample.name}{${sample.labels}}`, sample.value]))
  return after.samples.map(({ name, labels, value }) => {
    const isTime = name.endsWith('_timestamp_seconds')
    const was = known.get(`${name}{${labels}}`) ?? 0
    const own = ['job="nrt"', 'instance="one"', ...(labels === '' ? [] : [labels])].join(',')
    const series = `${name}{${own}}`
    if (name === 'nrt_clock_timestamp_seconds') {
      // the scraped process' clock against the scraper's, which runs
      const calm = `${was - before.atS}+60x${CALM_MIN - 1}`
      return { series, values: `${calm} ${CALM_MIN * 60 + value - after.atS}+60x${TROUBLE_MIN}` }
    }
    const [from, to] = isTime ? [was - before.atS, value - after.atS] : [was, value]
    const step = before.counters.has(name) || after.counters.has(name) ? to - from : 0
    return { series, values: `${from}+0x${CALM_MIN - 1} ${to}+${step}x${TROUBLE_MIN}` }
  })
}

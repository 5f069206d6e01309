// A CPU profile as V8 writes it, drawn as a flame graph: who called whom from the bottom up, as wide as the time spent. Text in, SVG out; where the
// profile comes from and what was running is the caller's (flame.ts).

/** What is read of a .cpuprofile file. */
export interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number }; children?: number[] }[]
  samples: number[]
  /** Microseconds since the sample before. */
  timeDeltas: number[]
}

interface Frame {
  label: string
  colour: string
  us: number
  callees: Map<string, Frame>
}

const WIDTH = 1600
const ROW = 17
const HEAD = 42
/** Narrower ones cannot be seen, and are half of the file. */
const NARROWEST = 3
const LETTER = 6.6
const COLOURS: [room: RegExp, colour: string][] = [
  [/^shared\//, '#7fb2e5'],
  [/^gateway\//, '#f2a65a'],
  [/^backend\//, '#8cc084'],
  [/^node:/, '#c9c3b8'],
]
const ENGINE = '#e0ddd6'
const REST = '#d9b3d4'
const LEGEND = 'blue shared, orange gateway, green backend, grey node and its collector'

/** `root` is the folder of the project, as a URL that ends in a slash: paths are shown without it. Time without work is left out. */
export function flameSvg({ nodes, samples, timeDeltas }: CpuProfile, title: string, root: string): string {
  const all = { ...frame('all', ENGINE), us: 0 }
  const selfUs = new Map<number, number>()
  for (const [i, id] of samples.entries()) selfUs.set(id, (selfUs.get(id) ?? 0) + (timeDeltas[i] ?? 0))
  const byId = new Map(nodes.map(node => [node.id, node]))
  const add = (id: number, into: Frame): number => {
    const node = byId.get(id) as CpuProfile['nodes'][0]
    const { functionName } = node.callFrame
    if (functionName === '(idle)') return 0
    const own = functionName === '(root)' ? into : calleeOf(into, node.callFrame, root)
    let us = selfUs.get(id) ?? 0
    for (const child of node.children ?? []) us += add(child, own)
    if (own !== into) own.us += us
    return us
  }
  all.us = add((nodes[0] as CpuProfile['nodes'][0]).id, all)
  return drawn(all, title)
}

function frame(label: string, colour: string): Frame {
  return { label, colour, us: 0, callees: new Map() }
}

/** Callers that meet the same function twice (as V8 has it, once for each of its compiled forms) have it once. */
function calleeOf(
  caller: Frame,
  { functionName, url, lineNumber }: CpuProfile['nodes'][0]['callFrame'],
  root: string,
): Frame {
  const place = url.startsWith(root) ? url.slice(root.length) : url
  const isOfEngine = place === '' && functionName.startsWith('(')
  const label = place === '' ? functionName : `${functionName || '(anonymous)'} ${place}:${lineNumber + 1}`
  const known = caller.callees.get(label)
  if (known !== undefined) return known
  const colour = isOfEngine ? ENGINE : (COLOURS.find(([room]) => room.test(place))?.[1] ?? REST)
  const made = frame(label, colour)
  caller.callees.set(label, made)
  return made
}

function drawn(all: Frame, title: string): string {
  const boxes: string[] = []
  const pixels = (us: number): number => (us * WIDTH) / all.us
  let depth = 0
  const draw = (one: Frame, x: number, level: number): void => {
    const width = pixels(one.us)
    if (width < NARROWEST) return
    depth = Math.max(depth, level)
    boxes.push(boxOf(one, x, level, width, (100 * one.us) / all.us))
    let at = x
    for (const callee of [...one.callees.values()].sort((a, b) => b.us - a.us)) {
      draw(callee, at, level + 1)
      at += pixels(callee.us)
    }
  }
  draw(all, 0, 0)
  const height = HEAD + (depth + 1) * ROW
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="11">
<title>${escaped(title)}</title>
<rect width="${WIDTH}" height="${height}" fill="#fffdf8"/>
<text x="6" y="17" font-size="14">${escaped(title)}</text>
<text x="6" y="33">${(all.us / 1e6).toFixed(1)} s of processor; ${LEGEND}</text>
<g transform="translate(0 ${height - ROW})" stroke="#fffdf8" stroke-width="0.5">
${boxes.join('\n')}
</g></svg>
`
}

function boxOf({ label, colour }: Frame, x: number, level: number, width: number, percent: number): string {
  const letters = Math.floor((width - 4) / LETTER)
  const shown = letters < 3 ? '' : escaped(label.length > letters ? `${label.slice(0, letters - 1)}…` : label)
  const [left, top] = [x.toFixed(1), -level * ROW]
  const text = shown === '' ? '' : `<text x="${(x + 2).toFixed(1)}" y="${top + 12}" stroke="none">${shown}</text>`
  const box = `<rect x="${left}" y="${top}" width="${width.toFixed(1)}" height="${ROW}" fill="${colour}"/>`
  return `<g><title>${escaped(label)}, ${percent.toFixed(1)} %</title>${box}${text}</g>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

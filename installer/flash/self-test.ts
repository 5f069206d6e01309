// What a started dongle says of itself on its console, judged: did the program start, does the flash work, what of the P1 line and
// the radio. Pure; lines in, verdicts out. Lines that it does not know it lets pass: programs of other versions say more.

export type Part = 'program' | 'flash' | 'p1' | 'wifi'
export const PARTS: Part[] = ['program', 'flash', 'p1', 'wifi']

/** untold: it said nothing about it (yet). `said` is one of our own sentences, never a line as it came. */
export interface PartVerdict {
  state: 'good' | 'bad' | 'untold'
  said: string
  advice: string
}

export interface SelfTest {
  parts: { [part in Part]: PartVerdict }
  /** The program's version. */
  firmware: string | undefined
  /** Takes a line; true when it changed a verdict. */
  take(line: string): boolean
}

const P1_TROUBLES: { [trouble: string]: [string, string] } = {
  silence: [
    'nothing comes over the P1 line',
    'Without a meter on the bench that is right; else check cable and inverter.',
  ],
  noise: [
    'only noise comes over the P1 line',
    'The line is not inverted, or has another speed: docs/hardware of the board.',
  ],
  crc: ['telegrams arrive damaged', 'Shorten the P1 cable; check the pull-up of the data line.'],
  half: ['telegrams arrive cut', 'Check the supply: the dongle restarts or stalls while one arrives.'],
  flood: ['more arrives than a meter sends', 'Is the meter a P1 meter? Look with nrt telegram.'],
  inverted: ['the P1 line is not inverted', 'An inverter belongs before the ESP32: docs/hardware.md.'],
  parity: [
    'the P1 line has another format',
    'Nothing to do on the bench: the dongle tries the other formats by itself.',
  ],
  slow: ['the P1 line is slower', 'Nothing to do: the dongle goes over to 9600 baud by itself.'],
  encrypted: ['telegrams are encrypted', 'Meters that encrypt are recognised and not read yet: docs/p1-line.md.'],
  clock: ["telegrams arrive, and the meter's clock is wrong", 'Nothing to do: readings get the gateway’s time.'],
}

interface Rule {
  pattern: RegExp
  judge(test: SelfTest, match: RegExpExecArray): void
}

const BROKEN_FLASH = 'Run the command again; if it stays, the flash is worn: use another module.'

const RULES: Rule[] = [
  {
    pattern: /^nrt (\d+\.\d+\.\d+\S{0,20})$/,
    judge(test, match) {
      test.firmware = match[1]
      judge(test, 'program', 'good', `version ${match[1]} started`)
    },
  },
  { pattern: /^boot (\d+)\b/, judge: test => judge(test, 'flash', 'good', 'the boot counter counts') },
  {
    pattern: /^identity: ([a-z.-]+)/,
    judge: (test, match) => judge(test, 'flash', 'bad', `no identity (${match[1]})`, BROKEN_FLASH),
  },
  { pattern: /^no identity\b/, judge: test => judge(test, 'flash', 'bad', 'no identity', BROKEN_FLASH) },
  {
    pattern: /^config: ([a-z.-]+)/,
    judge: (test, match) => judge(test, 'flash', 'bad', `no configuration (${match[1]})`, BROKEN_FLASH),
  },
  { pattern: /^p1: ([a-z]+)/, judge: (test, match) => judgeP1(test, match[1] as string) },
  { pattern: /^network: up$/, judge: test => judge(test, 'wifi', 'good', 'joined the network') },
  { pattern: /^setup: open$/, judge: test => judge(test, 'wifi', 'good', 'opened its setup network') },
  {
    pattern: /^network: (\d+)$/,
    judge: (test, match) =>
      judge(
        test,
        'wifi',
        'bad',
        `did not join the network (reason ${match[1]})`,
        'Check the name and the password of --networks and the distance; docs/reasons.md has the reason.',
      ),
  },
  {
    pattern: /^(Uncaught|ERROR:|error \d+:|memory: none left|Execution Interrupted|Out of Memory)/i,
    judge: test =>
      judge(
        test,
        'program',
        'bad',
        'the program stopped with an error',
        'Build the program again, then run the command again.',
      ),
  },
]

function judge(test: SelfTest, part: Part, state: 'good' | 'bad', said: string, advice = ''): void {
  test.parts[part] = { state, said, advice }
}

function judgeP1(test: SelfTest, trouble: string): void {
  const isGood = trouble === 'none' || trouble === 'ok'
  const [said, advice] = isGood
    ? ['telegrams arrive', '']
    : (P1_TROUBLES[trouble] ?? [`the P1 line has trouble (${trouble})`, 'See docs/installing.md.'])
  judge(test, 'p1', isGood ? 'good' : 'bad', said, advice)
}

export function newSelfTest(): SelfTest {
  const untold = (): PartVerdict => ({ state: 'untold', said: 'not told', advice: '' })
  const test: SelfTest = {
    parts: { program: untold(), flash: untold(), p1: untold(), wifi: untold() },
    firmware: undefined,
    take(line) {
      for (const { pattern, judge } of RULES) {
        const match = pattern.exec(line)
        if (match === null) continue
        judge(test, match)
        return true
      }
      return false
    },
  }
  return test
}

/** Over when a needed part is bad, or all needed ones are good. */
export function outcomeOf(test: SelfTest, needed: Part[]): 'good' | 'bad' | 'open' {
  const states = needed.map(part => test.parts[part].state)
  if (states.includes('bad')) return 'bad'
  return states.every(state => state === 'good') ? 'good' : 'open'
}

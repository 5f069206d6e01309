// A terminal that a person at the bench would have: commands are run as the documentation writes them, and what was typed and answered is kept
// with the time, for a transcript without the machine's own paths and without a secret.

import { spawn } from 'node:child_process'

export interface Terminal {
  /** What a person does or sees, between the commands. */
  note(text: string): void
  /** Runs `command` (a line of the documentation) and hands each line of its output on. Throws with the last line where it fails. */
  run(command: string, told?: (line: string) => void): Promise<void>
  transcript(): string[]
}

export interface TerminalSetup {
  folder: string
  env: { [name: string]: string }
  /** What the documentation's words stand for here: `npx nrt` and `npm run NAME --`. */
  programs: { [start: string]: string[] }
  /** Texts that are another one in the transcript: paths, ports, what a label says. */
  masked: { [text: string]: string }
  tell(line: string): void
}

export function openTerminal({ folder, env, programs, masked, tell }: TerminalSetup): Terminal {
  const startedMs = performance.now()
  const lines: string[] = []

  function keep(text: string): void {
    const plain = Object.entries(masked).reduce((masking, [from, to]) => masking.replaceAll(from, to), text)
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1).padStart(7)
    lines.push(`${seconds} s  ${plain}`)
    tell(lines.at(-1) as string)
  }

  async function run(command: string, told: (line: string) => void = () => {}): Promise<void> {
    keep(`$ ${command}`)
    const start = Object.keys(programs).find(words => command.startsWith(words))
    if (start === undefined) throw new Error(`no program for: ${command}`)
    const words = command.slice(start.length).trim().split(' ')
    const child = spawn(process.execPath, [...(programs[start] as string[]), ...words], {
      cwd: folder,
      env: { PATH: process.env.PATH, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let rest = ''
    let last = ''
    const take = (part: Buffer): void => {
      const parts = (rest + part.toString()).split('\n')
      rest = parts.pop() ?? ''
      for (const line of parts) {
        last = line.trim() || last
        told(line)
        keep(line)
      }
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    const code = await new Promise(resolve => child.on('close', resolve))
    if (code !== 0) throw new Error(`${command} ended with ${code}: ${last}`)
  }

  return { note: text => keep(`# ${text}`), run, transcript: () => lines }
}

// Runs a bundle on the real engine, Espruino's Linux build, when one is at hand (ESPRUINO=/path/to/espruino, or on PATH): a
// flash image in a temporary folder, P1 over a pseudo-terminal (socat), its console line by line. The engine must know the
// ESP32's flash addresses (4 MB from 0, pages of 4 kB); a stock Linux build does not, and is reported as unfit.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { constants, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FlashChip, openFlashChip } from '../../firmware/host/flash.ts'
import { openStorage } from '../../firmware/host/storage.ts'
import { onPath } from './tools.ts'

/** The engine's path, or undefined with a reason on the console once: tests then skip. */
export function findEngine(): string | undefined {
  const named = process.env.ESPRUINO
  if (named) return existsSync(named) ? named : undefined
  return onPath('espruino')
}

export interface RealEngineOptions {
  engine: string
  /** Goes into .bootcde; absent: `prepare` fills Storage, with a .bootcde of its own. */
  bundle?: string
  /** Runs before every start's boot code. */
  before?: string
  /** Called with the flash before the first start, e.g. to write identity and configuration. */
  prepare?(chip: FlashChip): void
  /** Opens a pseudo-terminal behind Serial2. */
  hasP1?: boolean
  /** E.reboot() ends this build; start it again on the same flash. */
  restarts?: boolean
  /** ESPRUINO_VARS=5000: as many variables as a module without PSRAM has. */
  env?: Record<string, string>
  /** Each line as it is printed; only the last ones are kept then. */
  line?(text: string): void
  /** Run under this command, e.g. ['valgrind', '--tool=callgrind']. */
  under?: string[]
}

export interface RealEngine {
  /** Everything it printed so far, without prompts. */
  lines: string[]
  flashPath: string
  /** Of the process that runs now. */
  pid(): number
  /** The first line, also of the past, that matches. Rejects after `timeoutMs` with what was printed instead. */
  waitFor(pattern: RegExp, timeoutMs?: number): Promise<string>
  /** Sends bytes into the P1 port. */
  sendP1(bytes: string | Uint8Array): void
  /** Types at its console. */
  type(text: string): void
  /** Kills it at once (a power cut for everything but the flash) and starts it again; `cause` is what the chip's register then says. */
  powerCycle(cause?: number): Promise<void>
  /** When it has ended by itself. */
  ended(): Promise<void>
  /** Ends it; the folder is removed. */
  stop(): Promise<void>
}

const WAIT_MS = 20_000
/** An engine that fits ends by itself, on a machine with other work after a while. */
const FIT_MS = 60_000
/** Of an engine that runs for days. */
const LINES_KEPT = 200
/** What the chip's register says of why it started: this build has none at that address. */
export const RESET_POWER = 1
export const RESET_SOFTWARE = 12
export const RESET_BROWN_OUT = 15

/** Makes the Linux build look like the ESP32 build where the bundle can see the difference: pins, Wi-Fi, prompt. */
export function prelude(p1Path: string | undefined): string {
  const setup = p1Path === undefined ? '' : `s.call(Serial2,b,{path:${JSON.stringify(p1Path)}});`
  return `echo(0);
(function(){var s=Serial2.setup;Serial2.setup=function(b,o){${setup}};})();
var ESP32={reboot:function(){E.reboot();}};
var digitalRead=function(){return 1;};
var peek32=function(){return parseInt(require("fs").readFileSync("cause"));};
Modules.addCached("Wifi",function(){
var joined=false;
exports.connect=function(n,o,c){setTimeout(function(){joined=true;exports.emit("associated",{});exports.emit("connected",{ip:"192.0.2.10"});(c||o)(null);},50);};
exports.disconnect=function(){if(joined){joined=false;exports.emit("disconnected",{reason:"8"});}};
exports.scan=function(c){setTimeout(function(){c([{ssid:"home",mac:"02:00:00:00:00:01",rssi:-60,channel:6,authMode:"wpa2"}]);},20);};
exports.getStatus=function(){return joined?{station:"connected",rssi:-60}:{station:"off"};};
exports.getHostByName=function(h,c){setTimeout(function(){c(h=="localhost"?"127.0.0.1":null);},10);};
exports.setConfig=function(){};exports.startAP=function(){};exports.stopAP=function(){};
});`
}

/** Takes away again what only the prelude made: the ESP32 build has these in its own code, where they take no variables. For who counts variables. */
export const NO_PRELUDE =
  'delete ESP32;delete digitalRead;delete peek32;delete Serial2.setup;Modules.removeAllCached();'

/** Console bytes → lines: escape sequences, prompts and carriage returns go. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the console speaks VT100
const CONSOLE_NOISE = /\x1b\[[0-9;?]*[A-Za-z]|\r|\x08/g

/** Whole lines of what it printed. */
export const linesOf = (text: string): string[] =>
  text
    .replaceAll(CONSOLE_NOISE, '')
    .split('\n')
    .map(line => line.replace(/^>+/, ''))

async function openPty(folder: string): Promise<{ process: ChildProcess; device: string; host: string }> {
  const device = join(folder, 'p1-device')
  const host = join(folder, 'p1-host')
  const child = spawn('socat', [`pty,rawer,link=${device}`, `pty,rawer,link=${host}`], { stdio: 'ignore' })
  for (let tries = 0; tries < 200 && !(existsSync(device) && existsSync(host)); tries++) {
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  if (!existsSync(host)) throw new Error('socat made no pseudo-terminal')
  return { process: child, device, host }
}

/** The version line of an engine that fits, or undefined: asks it for a page at the ESP32's address. */
export function fitEngineVersion(engine: string): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-engine-'))
  const script = join(folder, 'fit.js')
  writeFileSync(
    script,
    'var p=require("Flash").getPage(0x310000);print("FIT",p&&p.length==4096,process.version);E.reboot();',
  )
  // an input that never ends, opened for writing too: at its end the engine takes rubbish for typing
  const out = spawnSync('sh', ['-c', 'mkfifo never && exec "$0" "$1" <>never', engine, script], {
    cwd: folder,
    timeout: FIT_MS,
  })
  rmSync(folder, { recursive: true, force: true })
  return /FIT true (\S+)/.exec(out.stdout.toString())?.[1]
}

/** Starts the engine. Resolves when it runs; rejects if it or socat cannot be started. */
export async function startRealEngine(options: RealEngineOptions): Promise<RealEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'nrt-engine-'))
  const flashPath = join(folder, 'espruino.flash')
  const pty = options.hasP1 ? await openPty(folder) : undefined
  // else it becomes the controlling terminal of who has none, and ends that process with it
  const p1 = pty ? await open(pty.host, constants.O_RDWR | constants.O_NOCTTY) : undefined

  const chip = openFlashChip({ path: flashPath })
  const storage = openStorage(chip)
  const boot0 = Buffer.from(prelude(pty?.device) + (options.before ?? ''), 'latin1')
  if (options.bundle !== undefined) {
    storage.write('.boot0', boot0)
    storage.write('.bootcde', Buffer.from(options.bundle, 'latin1'))
  }
  options.prepare?.(chip)
  if (options.bundle === undefined) storage.write('.boot0', boot0)
  chip.close()

  const lines: string[] = []
  let sending: Promise<void> = Promise.resolve()
  const waiting = new Set<() => void>()
  let rest = ''
  let isStopping = false
  let child: ChildProcess

  function take(chunk: Buffer): void {
    const parts = linesOf(rest + chunk.toString('latin1'))
    rest = parts.pop() ?? ''
    for (const line of parts) {
      lines.push(line)
      options.line?.(line)
    }
    if (options.line && lines.length > LINES_KEPT) lines.splice(0, lines.length - LINES_KEPT)
    for (const check of waiting) check()
  }

  function start(cause = RESET_POWER): ChildProcess {
    writeFileSync(join(folder, 'cause'), `${cause}`)
    const command = [...(options.under ?? []), options.engine]
    const started = spawn(command[0]!, command.slice(1), {
      cwd: folder,
      // stdin stays open and silent: at its end the engine takes rubbish for typing
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, ...options.env },
    })
    started.stdout?.on('data', take)
    started.on('exit', code => {
      if (options.restarts && !isStopping && code === 1 && started === child) child = start(RESET_SOFTWARE)
    })
    return started
  }
  child = start()

  const exited = (one: ChildProcess): Promise<void> =>
    one.exitCode !== null || one.signalCode !== null
      ? Promise.resolve()
      : new Promise(resolve => one.once('exit', () => resolve()))

  return {
    lines,
    flashPath,
    pid: () => child.pid as number,
    waitFor: (pattern, timeoutMs = WAIT_MS) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(check)
          reject(new Error(`no line matched ${pattern} in ${timeoutMs} ms; printed:\n${lines.slice(-30).join('\n')}`))
        }, timeoutMs)
        const check = (): void => {
          const found = lines.find(line => pattern.test(line))
          if (found === undefined) return
          clearTimeout(timer)
          waiting.delete(check)
          resolve(found)
        }
        waiting.add(check)
        check()
      }),
    sendP1: bytes => {
      if (!p1) throw new Error('started without P1')
      const data = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes
      // not in this turn: an engine that stands still while it prints would hold up who reads what it prints
      sending = sending.then(() => p1.writeFile(data)).catch(() => {}) // it was stopped meanwhile
    },
    type: text => {
      child.stdin?.write(text)
    },
    powerCycle: async cause => {
      const old = child
      // it ignores the polite signals
      old.kill('SIGKILL')
      await exited(old)
      child = start(cause)
    },
    ended: () => exited(child),
    stop: async () => {
      isStopping = true
      child.kill('SIGKILL')
      await exited(child)
      if (pty) {
        pty.process.kill()
        await exited(pty.process)
      }
      await p1?.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

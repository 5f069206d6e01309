// The whole bundle on the real engine, with a clock of its own that goes on only when a second's work is done: as fast as the machine
// can, or as fast as asked, and never so fast that the engine falls behind. Port, sockets, flash and idle loop are the engine's;
// its timers and getTime() are a list in the prelude. Time goes in quarters of a second, the idle loop runs between two, and it
// stands while something is due: work put off by 0 ms is done at once, as on a chip that has nothing else to do.

import type { FlashChip } from '../../firmware/host/flash.ts'
import { type RealEngine, startRealEngine } from './real-engine.ts'

export interface Memory {
  second: number
  /** Variables in use after the collector has run. */
  used: number
  /** The least that were free in a pause since the last time this was told. */
  leastFree: number
}

export interface PacedOptions {
  engine: string
  /** Absent: `prepare` fills Storage with loader and program. */
  bundle?: string
  /** How many variables the engine has. */
  variables: number
  prepare(chip: FlashChip): void
  /** Seconds of the dongle in a second of ours, at most; 0: as many as can be. */
  speed: number
  /** A telegram comes every so many seconds. */
  everyS: number
  /** Memory is told every so many telegrams; 0: never. */
  memoryEvery: number
  /** More script in front of the bundle. */
  script?: string
  /** As RealEngineOptions has it. */
  under?: string[]
  /** It ends by itself at the end instead of being killed. */
  quits?: boolean
  /** It is started again when it restarts; its seconds begin anew. */
  restarts?: boolean
  /** The clock stands for no telegram after this second: none comes. */
  lastS?: number
  /** The telegram that is due at this second of the dongle; the clock stands until it has arrived. undefined: the run is over. */
  telegram(second: number): string | undefined
  line?(second: number, text: string): void
  memory?(memory: Memory): void
}

const STEP_MS = 250
/** Ends the engine when it comes alone. */
const QUIT = '\x04'

/** The engine's side: `#second` asks for a telegram, `@second used free` tells the memory. */
function pace(options: PacedOptions): string {
  const floorMs = options.speed > 0 ? STEP_MS / options.speed : 0
  return `(function(later,realS){
var now=0,timers=[],ids=0,isWaiting=false,least=1e6,n=0,due=realS();
global.getTime=function(){return now/1000;};
global.setTimeout=function(f,ms){timers.push({at:now+ms,every:0,f:f,id:++ids});return ids;};
global.setInterval=function(f,ms){timers.push({at:now+ms,every:ms,f:f,id:++ids});return ids;};
Serial2.on("data",function(d){if(d.indexOf("!")>=0)isWaiting=false;if(d=="${QUIT}")E.reboot();});
function run(one){
if(one.every)one.at+=one.every;else timers.splice(timers.indexOf(one),1);
one.f();
}
function step(){
later(step,Math.max(0,(due-realS())*1000));
if(isWaiting)return;
var list=timers.filter(function(one){return one.at<=now;});
for(var i=0;i<list.length;i++)run(list[i]);
if(list.length)return;
due=Math.max(due,realS()-0.1)+${floorMs / 1000};
now+=${STEP_MS};
if(now%1000==0)least=Math.min(least,process.memory(false).free);
if(now%${options.everyS * 1000})return;
n++;
if(${options.memoryEvery}&&n%${options.memoryEvery || 1}==0){
print("@"+now/1000+" "+process.memory(true).usage+" "+least);
least=1e6;
}
isWaiting=now<=${(options.lastS ?? 1e9) * 1000};
print("#"+now/1000);
}
later(step,0);
})(setTimeout,getTime);
${options.script ?? ''}
`
}

/** Runs until `telegram` gives none; rejects when the engine ends before, with what it said last. */
export async function runPaced(options: PacedOptions): Promise<void> {
  let second = 0
  let running: RealEngine | undefined
  let finish: () => void = () => {}
  const isOver = new Promise<void>(resolve => {
    finish = resolve
  })
  function take(line: string): void {
    if (line.startsWith('#')) {
      second = Number(line.slice(1))
      const text = options.telegram(second)
      if (text === undefined) finish()
      else if (text !== '') running?.sendP1(text)
    } else if (line.startsWith('@')) {
      const [at, used, leastFree] = line.slice(1).split(' ').map(Number)
      options.memory?.({ second: at as number, used: used as number, leastFree: leastFree as number })
    } else if (line !== '') options.line?.(second, line)
  }
  running = await startRealEngine({
    engine: options.engine,
    bundle: options.bundle,
    before: pace(options),
    restarts: options.restarts,
    hasP1: true,
    prepare: chip => options.prepare(chip),
    env: { ESPRUINO_VARS: String(options.variables) },
    under: options.under,
    line: take,
  })
  const { lines } = running
  let hasQuit = false
  const isDead = endedForGood(running).then(() => {
    if (hasQuit) return
    throw new Error(`the engine ended at ${second} s; it said:\n${lines.slice(-20).join('\n')}`)
  })
  try {
    await Promise.race([isOver, isDead])
    if (options.quits) {
      hasQuit = true
      running.sendP1(QUIT)
      await running.ended()
    }
  } finally {
    isDead.catch(() => {})
    await running.stop()
  }
}

/** A process that another one follows has only restarted. */
async function endedForGood(running: RealEngine): Promise<void> {
  let pid: number
  do {
    pid = running.pid()
    await running.ended()
  } while (running.pid() !== pid)
}

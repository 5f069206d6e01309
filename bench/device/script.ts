// The scripts that a measured run puts beside the bundle on the engine: hooks before it, so that every callback of ours runs
// between two marks that the profiler sees, and a driver behind it that is the meter and the seconds. Time stands still but for
// the driver: a slow profiler changes nothing. What a tick leaves to a later turn is told from what the meter's characters leave. Engine dialect, for it is the engine that runs this.

/** A native function that our program never calls; callgrind writes a dump each time it is entered. */
export const MARK_FUNCTION = 'jswrap_espruino_getTemperature'
const MARK = 'E.getTemperature();'

const CHUNK_BYTES = 64

/** Runs before the bundle: clock, port, timers, sockets. A step prints its kind and the telegram it belongs to. */
export const HOOKS = `
var BENCH={t:getTime(),tag:-1,p1:0,tick:0,later:setTimeout,net:require("net"),w:0,turns:0,now:"",socket:0};
var getTime=function(){return BENCH.t;};
function step(kind,f){return function(a,b){BENCH.now=kind;BENCH.turns++;
${MARK}try{f(a,b);}finally{${MARK}}
print("STEP "+BENCH.tag+" "+kind);};}
Serial2.on=function(e,f){BENCH.p1=f;};
var setInterval=function(f){BENCH.tick=f;};
var setTimeout=function(f,ms){if(ms>0)return BENCH.later(step("timer",f),ms);
BENCH.w++;f=step(BENCH.now.substr(0,4)=="tick"?"tick later":"later",f);BENCH.later(function(){BENCH.w--;f();},0);};
Modules.removeCached("net");
Modules.addCached("net",function(){exports.connect=function(o,f){
var s=BENCH.net.connect(o,step("connected",f)),on=s.on;
s.on=function(e,g){on.call(s,e,step("socket "+e,g));};
BENCH.socket=s;
return s;};});
${MARK}`

export interface Drive {
  /** How many telegrams of the file "telegrams" are fed, each of `bytes`. */
  count: number
  bytes: number
  /** Real milliseconds between two simulated seconds: time for sockets. */
  pauseMs: number
  /** Every chunk of a telegram is a step of its own; else all but the last two are one. */
  isEach: boolean
  /** A second ends after so many turns, whatever still waits: with a backlog something always does. Absent: when nothing waits any more. */
  turnsMax?: number
  /** The connection ends before this telegram, and the bundle opens another. */
  cutAt?: number
}

/** Runs behind the bundle: each simulated second is a telegram and a tick, then the engine ends. */
export function driver(drive: Drive): string {
  const hasTime = drive.turnsMax === undefined ? '' : `&&BENCH.turns<${drive.turnsMax}`
  const cut = drive.cutAt === undefined ? '' : `if(n===${drive.cutAt}&&BENCH.socket)BENCH.socket.end();`
  return `
${MARK}print("STEP -1 start");
(function(){
var n=0,S=require("Storage");
function chunksOf(at){var all=[];
for(var i=0;i<${drive.bytes};i+=${CHUNK_BYTES})all.push(""+S.read("telegrams",at+i,Math.min(${CHUNK_BYTES},${drive.bytes}-i)));
return all;}
function feed(from,to,all){for(var i=from;i<to;i++)BENCH.p1(all[i]);}
function second(){
if(n>=${drive.count}){BENCH.later(function(){E.reboot();},300);return;}
${cut}BENCH.t+=0.9;BENCH.tag=n;BENCH.turns=0;
var all=chunksOf(n*${drive.bytes}),last=${drive.isEach ? 0 : 'all.length-2'};
step("empty",function(){})();
if(last>0)step("chunks",function(){feed(0,last,all);})();
for(var i=last;i<all.length;i++)step("chunk",BENCH.p1)(all[i]);
n++;
BENCH.later(rest,1);
}
function rest(){
if(BENCH.w${hasTime}){BENCH.later(rest,1);return;}
BENCH.t+=0.1;step("tick",BENCH.tick)();BENCH.later(second,${drive.pauseMs});
}
second();
})();`
}

/**
 * Runs before the bundle where variables are counted: the most that were in use while one of these native calls ran, or a step ended. A timer goes by
 * the driver's seconds: by the machine's clock some dozen of them, ten variables each, would wait in a sample, more on a faster machine.
 */
export const MEMORY_HOOKS = `
var BENCH={t:getTime(),tag:-1,p1:0,tick:0,later:setTimeout,w:0,most:0,timers:[],c:require("crypto"),f:require("Flash")};
function look(){var u=process.memory(false).usage;if(u>BENCH.most)BENCH.most=u;}
var getTime=function(){return BENCH.t;};
function step(kind,f){return function(a,b){f(a,b);look();};}
Serial2.on=function(e,f){BENCH.p1=f;};
var setInterval=function(f){BENCH.tick=f;};
var setTimeout=function(f,ms){if(ms>0){BENCH.timers.push({t:BENCH.t+ms/1000,f:f});return;}
BENCH.w++;BENCH.later(function(){BENCH.w--;f();look();},0);};
function ring(){var all=BENCH.timers;BENCH.timers=[];
for(var i=0;i<all.length;i++)if(all[i].t>BENCH.t)BENCH.timers.push(all[i]);else{all[i].f();look();}}
Modules.removeCached("crypto");Modules.removeCached("Flash");
Modules.addCached("crypto",function(){exports.AES=BENCH.c.AES;exports.SHA256=function(x){look();return BENCH.c.SHA256(x);};});
Modules.addCached("Flash",function(){
exports.read=function(n,a){look();return BENCH.f.read(n,a);};
exports.write=function(d,a){look();BENCH.f.write(d,a);};
exports.erasePage=function(a){BENCH.f.erasePage(a);};});`

/** A fault of the program, to show that growth would be seen: a number kept after every `leakEvery` telegrams, a variable each. */
function leak(leakEvery: number): string {
  return leakEvery > 0 ? `if(n%${leakEvery}==0)(BENCH.leaked=BENCH.leaked||[]).push(n);` : ''
}

/** Prints the variables in use after start, and again every `every` telegrams: "VARS telegram in-use most". */
export function memoryDriver(drive: Drive, every: number, leakEvery = 0): string {
  return driver(drive)
    .replaceAll(MARK, '')
    .replace(
      'print("STEP -1 start");',
      'BENCH.later(function(){print("VARS 0 "+process.memory().usage+" "+BENCH.most);},200);',
    )
    .replace('BENCH.t+=0.9;', 'BENCH.t+=0.9;ring();')
    .replace(
      'n++;',
      `n++;${leak(leakEvery)}if(n%${every}==0)print("VARS "+n+" "+process.memory().usage+" "+BENCH.most);`,
    )
    .replace(`n*${drive.bytes}`, `(n%BENCH.have)*${drive.bytes}`)
}

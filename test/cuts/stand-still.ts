// The engine's Flash module, wrapped so that the n-th write or erase is done by half and then the program stands still until it is killed.

export const MOMENTS = ['before', 'half', 'after'] as const
export type Moment = (typeof MOMENTS)[number]
export interface Cut {
  at: number
  moment: Moment
}

/** Which start this is; a word of the spare sectors counts them. */
const STARTS_AT = 0x316000

/**
 * Counts the engine's writes and erases and stops at one; each start may be cut elsewhere. A module is made from the text of its
 * function, so what it needs stands in a global.
 */
export function wrapper(starts: Cut[]): string {
  const cuts = JSON.stringify(starts.map(cut => [cut.at, MOMENTS.indexOf(cut.moment)]))
  return `var CUT={n:0,F:require("Flash"),c:[0,0],on:function(half,all){
CUT.n++;if(CUT.n==CUT.c[0]){if(CUT.c[1]==1)half();if(CUT.c[1]==2)all();print("CUT "+CUT.n);while(true);}all();}};
(function(){var g=CUT.F.read(4,${STARTS_AT})[0],k=0;while(k<8&&!((g>>k)&1))k++;
CUT.F.write(new Uint8Array([255&~(1<<k),255,255,255]),${STARTS_AT});CUT.c=${cuts}[k]||[0,0];})();
Modules.addCached("Flash",function(){
exports.read=function(l,a){return CUT.F.read(l,a);};
exports.write=function(d,a){CUT.on(function(){var h=(d.length>>3)<<2;if(h)CUT.F.write(new Uint8Array(d.buffer,d.byteOffset,h),a);},function(){CUT.F.write(d,a);});};
exports.erasePage=function(a){CUT.on(function(){for(var i=2048;i<4096;i+=64)CUT.F.write(new Uint8Array(64),a+i);},function(){CUT.F.erasePage(a);});};
});
`
}

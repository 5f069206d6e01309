// Where engine and node differ in the language. TRAPS are imitated by the virtual dongle (firmware/host/engine-dialect.ts,
// engine-library.ts), so code that falls into one there falls on the table too. DIFFERENCES are not: each says why, and how we stay
// clear of it. Both are pieces of code with the engine's answer, recorded and asked again when an engine is at hand.

export interface Trap {
  name: string
  /** An expression statement list that ends in `say("answer", ...)`. */
  code: string
  /** What the engine says; plain node says something else. */
  engine: unknown
  /** The gate's rule, or the habit where no syntax tree shows it. */
  avoidedBy: { rule: string } | { habit: string }
}

export interface Difference extends Trap {
  /** Why the virtual dongle cannot, or does not, imitate it. */
  because: string
}

const PRINTED_ONLY = { habit: 'only what esbuild has printed goes to the engine: it ends each statement' }
const NUMBERS_FROM_TEXT = { habit: 'numbers come from text through shared/telegram/number.ts and parseInt only' }
const INTEGERS_ONLY = { habit: 'integers only; nothing is sent as decimal text' }

export const TRAPS: Trap[] = [
  {
    name: 'one binding for all rounds of a loop',
    code: 'var f=[];for(let i=0;i<3;i++)f.push(function(){return i;});say("answer",[f[0](),f[1](),f[2]()]);',
    engine: [3, 3, 3],
    avoidedBy: { rule: 'loop-capture' },
  },
  {
    name: 'one binding for all rounds of for ... of',
    code: 'var f=[];for(const i of [7,8])f.push(()=>i);say("answer",[f[0](),f[1]()]);',
    engine: [8, 8],
    avoidedBy: { rule: 'loop-capture' },
  },
  {
    name: 'one binding for all rounds of for ... in',
    code: 'var f=[];for(const i in {a:1,b:2})f.push(()=>i);say("answer",[f[0](),f[1]()]);',
    engine: ['b', 'b'],
    avoidedBy: { rule: 'loop-capture' },
  },
  {
    name: 'a function is not hoisted',
    code: 'var a;try{a=later();}catch(e){a="not defined";}function later(){return "hoisted";}say("answer",a);',
    engine: 'not defined',
    avoidedBy: { rule: 'use-before-definition' },
  },
  {
    name: 'nor is one inside a function',
    code: '(function(){var a;try{a=later();}catch(e){a=[e instanceof ReferenceError];}function later(){return 1;}say("answer",a);})();',
    engine: [true],
    avoidedBy: { rule: 'use-before-definition' },
  },
  {
    name: 'unary plus reads a leading zero as octal',
    code: 'var t="012";say("answer",+t);',
    engine: 10,
    avoidedBy: { rule: 'unary-plus' },
  },
  {
    name: 'a counted repetition in a pattern is text',
    code: 'say("answer",[/^a{2}$/.test("aa"),/^a{2}$/.test("a{2}")]);',
    engine: [false, true],
    avoidedBy: { rule: 'regex' },
  },
  {
    name: 'a group that only groups never matches',
    code: 'say("answer",[/(?:a)/.test("a"),/\\bfoo/.test("a foo")]);',
    engine: [false, false],
    avoidedBy: { rule: 'regex' },
  },
  {
    name: 'split has no limit',
    code: 'say("answer","a,b,c".split(",",2).length);',
    engine: 3,
    avoidedBy: { rule: 'ignored-argument' },
  },
  {
    name: 'a wide character is cut to a byte',
    code: 'say("answer","\\u20ac".charCodeAt(0));',
    engine: 172,
    avoidedBy: { rule: 'wide-character' },
  },
  {
    name: 'arithmetic with a text reads a leading zero as octal',
    code: 'var t="0012",o="010";say("answer",[t*1,o-0,t/1,o%100,o|0,o>>>0,-o,~o]);',
    engine: [10, 8, 10, 8, 8, 8, -8, -9],
    avoidedBy: NUMBERS_FROM_TEXT,
  },
  {
    name: 'return and the next line are one statement',
    code: 'function f(){return\n5;}say("answer",f());',
    engine: 5,
    avoidedBy: PRINTED_ONLY,
  },
  {
    name: 'fractions print imprecisely',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is the engine's
    code: 'var n=[999999.999,0.1+0.2,12345678.912,1e21,1/3,1e-7,-0.5,2.2,1234.5678];say("answer",[String(n[0]),""+n[1],n[2].toString(),`${n[3]}`,"x"+n[4],n[5]+"",n[6]+"y","z"+n[7],JSON.stringify([n[8],n[0]])]);',
    engine: [
      '999999.99899999995',
      '0.3',
      '12345678.91200000047',
      '10e+20',
      'x0.33333333333',
      '1e-7',
      '-0.5y',
      'z2.2',
      '[1234.5678,999999.99899999995]',
    ],
    avoidedBy: INTEGERS_ONLY,
  },
  {
    name: 'halves round away from zero',
    code: 'say("answer",[Math.round(-1.5),Math.round(-2.5),Math.round(-0.5),Math.round(2.5),Math.round(-1.4)]);',
    engine: [-2, -3, -1, 3, -1],
    avoidedBy: { habit: 'what is rounded is never negative' },
  },
  {
    name: 'parseInt of a long text throws',
    code: 'var a;try{a=parseInt("1234567890".repeat(7),10);}catch(e){a=e.message;}say("answer",a);',
    engine: 'String too big to convert to number',
    avoidedBy: NUMBERS_FROM_TEXT,
  },
  {
    name: 'a slice of a typed array is a plain array',
    code: 'var u=new Uint8Array([1,2]);say("answer",[Array.isArray(u.slice(0)),u.slice(0) instanceof Uint8Array,Array.isArray(u.filter(function(){return 1;}))]);',
    engine: [true, false, true],
    avoidedBy: { habit: 'firmware/engine-fixes.ts puts the standard slice() in its place' },
  },
  {
    name: 'the length of an array cannot be set',
    code: 'var a=[1,2],r;try{a.length=0;r="set";}catch(e){r=e.message;}say("answer",r);',
    engine: 'Assignment to a constant',
    avoidedBy: { rule: 'length-assignment' },
  },
  {
    name: 'a getter that stands alone is not run',
    code: 'var n=0,o={get g(){n++;return 1;}};o.g;say("answer",n);',
    engine: 0,
    avoidedBy: { habit: 'no getters' },
  },
  {
    name: 'strict mode is not there',
    code: '(function(){"use strict";undeclared=5;})();say("answer",typeof undeclared);',
    engine: 'number',
    avoidedBy: { rule: 'undeclared' },
  },
  {
    name: 'JSON takes a comma too many, and no reviver and no replacer',
    code: 'say("answer",[JSON.parse("[1,2,]"),JSON.parse("[1]",function(){return 7;}),JSON.stringify({a:1,b:2},["a"])]);',
    engine: [[1, 2], [1], '{"a":1,"b":2}'],
    avoidedBy: { habit: 'no JSON on the dongle' },
  },
]

export const DIFFERENCES: Difference[] = [
  {
    name: 'keys that look like numbers keep their place',
    code: 'say("answer",Object.keys({b:1,2:1,a:1,1:1}));',
    engine: ['b', '2', 'a', '1'],
    avoidedBy: { habit: 'nothing rests on the order of keys' },
    because: 'the order is in every object of node, and a Proxy around each would change what objects are',
  },
  {
    name: 'a variable that its line has not reached is not defined',
    code: 'var a;try{a=(function(){var r=v;var v=1;return String(r);})();}catch(e){a="not defined";}say("answer",a);',
    engine: 'not defined',
    avoidedBy: { habit: 'let and const everywhere: node refuses them before their line too' },
    because: 'a var may be declared twice, or in a block and used outside it, where let may not',
  },
  {
    name: 'comparing a text with a number reads octal',
    code: 'var t="012";say("answer",[t==10,t<11]);',
    engine: [true, true],
    avoidedBy: NUMBERS_FROM_TEXT,
    because:
      'every comparison would call a function, those of two texts too; it would cost more than all else together',
  },
  {
    name: 'a fraction added to a text that is in a variable prints imprecisely',
    code: 'var t="",n=999999.999;say("answer",t+n);',
    engine: '999999.99899999995',
    avoidedBy: INTEGERS_ONLY,
    because: 'whether a plus adds or joins is known only where a text stands beside it',
  },
  {
    name: 'a new property of a typed array is refused',
    code: 'var u=new Uint8Array(2),a;try{u.foo=1;a=u.foo;}catch(e){a="refused";}say("answer",a);',
    engine: 'refused',
    avoidedBy: { habit: 'TypeScript refuses it' },
    because: 'only a Proxy could refuse it, and native functions take no Proxy of a typed array',
  },
  {
    name: 'an error that the engine throws is no TypeError',
    code: 'var a;try{null.x;}catch(e){a=[e instanceof TypeError];}var b;try{b=null.x;}catch(e){a=[e instanceof TypeError,e.message];}say("answer",a);',
    engine: [false, "Can't read property 'x' of null"],
    avoidedBy: { habit: 'nothing asks what kind of error it caught' },
    because: 'node makes such errors itself',
  },
  {
    name: 'a class can be called without new',
    code: 'class A{constructor(){this.x=1;}}var a;try{a=typeof A();}catch(e){a="refused";}say("answer",a);',
    engine: 'undefined',
    avoidedBy: { habit: 'no classes in the bundle' },
    because: 'a class would have to become a function, with all that follows for its methods',
  },
]

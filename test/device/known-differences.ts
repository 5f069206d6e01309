// Where the engine and node differ in ways that a vm context cannot imitate. Each is a piece of code, what the engine answers
// (recorded, asked again when one is at hand), and how we stay clear of it: the gate refuses the code, or a habit avoids it.

export interface Difference {
  name: string
  /** An expression statement list that ends in `say("answer", ...)`. */
  code: string
  /** What the engine says; node says something else. */
  engine: unknown
  /** The gate's rule, or the habit where no syntax tree shows it. */
  avoidedBy: { rule: string } | { habit: string }
}

export const DIFFERENCES: Difference[] = [
  {
    name: 'one binding for all rounds of a loop',
    code: 'var f=[];for(let i=0;i<3;i++)f.push(function(){return i;});say("answer",[f[0](),f[1](),f[2]()]);',
    engine: [3, 3, 3],
    avoidedBy: { rule: 'loop-capture' },
  },
  {
    name: 'a function is not hoisted',
    code: 'var a;try{a=later();}catch(e){a="not defined";}function later(){return "hoisted";}say("answer",a);',
    engine: 'not defined',
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
    code: 'say("answer",/^a{2}$/.test("aa"));',
    engine: false,
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
    name: 'multiplying a text reads a leading zero as octal',
    code: 'var t="0012";say("answer",t*1);',
    engine: 10,
    avoidedBy: { habit: 'numbers come from text through shared/telegram/number.ts only' },
  },
  {
    name: 'return and the next line are one statement',
    code: 'function f(){return\n5;}say("answer",f());',
    engine: 5,
    avoidedBy: { habit: 'only what esbuild has printed goes to the engine: it ends each statement' },
  },
  {
    name: 'numbers print imprecisely',
    code: 'say("answer",String(999999.999)==="999999.999");',
    engine: false,
    avoidedBy: { habit: 'integers only; nothing is sent as decimal text' },
  },
]

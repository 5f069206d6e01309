// A program that the tool stopped through the engine's console has not lost its power: said so in its journal (firmware/journal.ts), in its
// own words, by an expression that the engine evaluates. Else each run of the tool would count as one more start that the power cut off
// soon, and the radio, which then comes later each time (up to five minutes), would outlast the self-test.

import { END_REASONS, type EndReason, MAGIC, NOT_SAID, REASON_AT, SLOT_BYTES } from '../../firmware/journal.ts'
import type { Region } from './regions.ts'

/** Boot and base, big-endian: the newest slot has the greatest. */
const BOOT_AT = 1
const CHECK_AT = 9

/**
 * Writes `reason` into the journal's newest slot, unless one is there; nothing where there is no slot. What a cut left of a slot's head may be
 * taken for the newest: then nothing is said, and the start counts as one by power.
 */
export function endNote(journal: Region, reason: EndReason): string {
  const end = journal.at + journal.bytes
  const word = REASON_AT & ~3
  const bytes = [255, 255, 255, 255]
  bytes[REASON_AT - word] = (NOT_SAID + 1) | END_REASONS.indexOf(reason)
  return [
    '(function(){var f=require("Flash"),b="",w=0,a,s;',
    `for(a=${journal.at};a<${end};a+=${SLOT_BYTES}){`,
    `s=E.toString(f.read(${word + 4},a));`,
    `if(s.charCodeAt(0)==${MAGIC}&&s.substring(${BOOT_AT},${CHECK_AT})>b){b=s.substring(${BOOT_AT},${CHECK_AT});w=a}}`,
    `if(w&&(f.read(4,w+${word})[${REASON_AT - word}]&${NOT_SAID})==${NOT_SAID})`,
    `f.write(new Uint8Array([${bytes}]),w+${word});`,
    'return 1})()',
  ].join('')
}

// Writes the tables of docs/limits.md from the code's own numbers: `node scripts/limits-table.ts`. A test holds the two together, and a reason
// for which the gateway turns something away cannot be added without a row here, because the table would not compile.

import { readFileSync, writeFileSync } from 'node:fs'
import { REFILL_MS, TRIES_MAX } from '../backend/accounts/throttle.ts'
import { BACKEND_SETTINGS } from '../backend/config.ts'
import { TEST_REFILL_MS, TESTS_MAX } from '../backend/delivery/routes.ts'
import { CLAIM_REFILL_MS, CLAIM_TRIES_MAX } from '../backend/dongles/own-routes.ts'
import { UNSENT_BYTES_MAX } from '../backend/live/event-stream.ts'
import { LATE_MS } from '../gateway/broker/admissions.ts'
import { FAILURES_MAX, FAILURES_OF_PROVEN_MAX, FORGIVEN_MS } from '../gateway/broker/callers.ts'
import { STRANGER_PACKET_BYTES_MAX } from '../gateway/broker/connection.ts'
import { CRUMB_BYTES, CRUMBS_MAX } from '../gateway/broker/crumbs.ts'
import { FILTERS_MAX } from '../gateway/broker/dongle-packets.ts'
import { failedMax } from '../gateway/broker/entrance.ts'
import {
  CONNECT_COST,
  DEBT_MS_MAX,
  FOUL_COST,
  HASTY_CONNECT_COST,
  MESSAGE_COST,
} from '../gateway/broker/message-limit.ts'
import { UNEARNED_BURST_PART, UNEARNED_PART } from '../gateway/broker/stranger-pace.ts'
import { GATEWAY_SETTINGS } from '../gateway/config.ts'
import { FAULTS_MAX, HELLOS_MAX } from '../gateway/ingress.ts'
import type { Refusal } from '../gateway/refusal.ts'
import { ADDRESS_BURST, ADDRESS_PER_S, ALL_PER_S } from '../gateway/udp-probe.ts'
import type { Setting } from '../shared/schema/settings.ts'

const PAGE = new URL('../docs/limits.md', import.meta.url)
const GATEWAY = '| counted as `nrt_gateway_refused_total{reason}` | when | limit | what the refused one sees |\n'
const PAGES = '| problem | when | limit | what the refused one sees |\n'
const RULE = '|---|---|---|---|\n'

/** A setting by its variable, with the value it has if nobody sets it. */
const of = ({ name, standard }: Setting): string => `\`${name}\` = ${standard}`
const g = GATEWAY_SETTINGS
const NOTHING = 'the connection closes without a word'
const CONNACK_5 = 'CONNACK 5, then the end of the connection'
const SILENCE = 'nothing: the message counts as not sent, and the dongle, which still has it, sends it again'
const NO_LIMIT = 'not a limit'

const seconds = (ms: number): string => `${ms / 1000} s`

/** When, the limit with its value, and what is seen. */
type Row = [when: string, limit: string, sees: string]

const REFUSED: { [reason in Refusal]: Row } = {
  'connect-rate': [
    'one address (of IPv6: one network of 64 bits) opens more connections than its bucket holds',
    `${of(g.connectsPerSecond)}, ${of(g.connectsBurst)}`,
    `${NOTHING}, before a TLS handshake`,
  ],
  'stranger-rate': [
    'all addresses together from which no dongle has proven itself since the start open more than their one bucket holds: it fills with two for each that proves itself, and by itself to a small part only',
    `${of(g.strangerConnectsPerSecond)} at most, one in ${UNEARNED_PART} of it by itself, ${of(g.strangerConnectsBurst)}, one in ${UNEARNED_BURST_PART} of it by itself`,
    `${NOTHING}, before a TLS handshake; a dongle that was here before is not concerned`,
  ],
  'failed-before': [
    `from this address some came lately and did not prove themselves: of what fills the strangers’ bucket by itself it may take the upper half where one failed, the upper quarter where more did; or ${FAILURES_MAX} did (${FAILURES_OF_PROVEN_MAX} in a row where somebody has proven himself), and ${failedMax({ strangersMax: g.strangersMax.standard })} from such addresses are connected`,
    `one is forgiven each ${seconds(FORGIVEN_MS)}; fixed`,
    `${NOTHING}, before a TLS handshake; who proves himself is no longer concerned`,
  ],
  'too-many-connections': ['the gateway has all it may have', of(g.connectionsMax), NOTHING],
  'too-many-strangers': ['too many are connected and have not proven who they are', of(g.strangersMax), NOTHING],
  'directory-late': [
    'the one that has waited longest for its proof has waited too long: who comes now would give up before its turn',
    `${LATE_MS / 1000} s; fixed`,
    NOTHING,
  ],
  'tls-handshake': ['no TLS session came about', of(g.connectTimeoutMs), 'a TLS alert, or nothing'],
  'connect-timeout': ['handshake and CONNECT together took too long', of(g.connectTimeoutMs), NOTHING],
  'connect-in-crumbs': [
    `a CONNECT, or a TLS client’s hello, comes a few bytes at a time: in more than ${CRUMBS_MAX} pieces below ${CRUMB_BYTES} bytes`,
    'fixed',
    NOTHING,
  ],
  'probe-malformed': ['a datagram is no question of a dongle', '16 bytes, `nrt?` first', 'no answer'],
  'probe-rate': [
    'an address, or all together, ask more by UDP than they may',
    `${ADDRESS_PER_S} a second and ${ADDRESS_BURST} at once for an address, ${ALL_PER_S} a second in all; fixed`,
    'no answer: a dongle dials without having asked',
  ],
  'packet-too-large': [
    'a packet announces more than it may have; refused when its length is read',
    `${of(g.packetBytesMax)}; ${STRANGER_PACKET_BYTES_MAX} bytes before CONNECT was taken`,
    NOTHING,
  ],
  'malformed-packet': ['bytes are no MQTT packet', NO_LIMIT, NOTHING],
  'protocol-violation': [
    'a packet is not allowed at its place, or names more filters than anybody needs',
    `${FILTERS_MAX} filters; fixed`,
    NOTHING,
  ],
  'protocol-version': ['it is not MQTT 3.1.1', NO_LIMIT, 'CONNACK 1'],
  'keepalive-limit': ['a dongle wants no keep-alive, or a longer one', of(g.keepaliveMaxS), CONNACK_5],
  'keepalive-timeout': ['one and a half times its own keep-alive passed without a byte', "the client's own", NOTHING],
  'slow-reader': ['more waits for it than may, because it does not read', of(g.unreadBytesMax), NOTHING],
  'message-rate': [
    'a dongle, or a client of an ESP, has sent more than its bucket holds; a read, a packet and each kilobyte of it cost a token, and a dongle’s message ' +
      `${MESSAGE_COST} more`,
    `${of(g.messagesPerSecond)}, ${of(g.messagesBurst)}; of an ESP ${of(g.guestMessagesPerSecond)}, ${of(g.guestMessagesBurst)}`,
    'its own socket fills: nothing more is read from it until its debt is paid, and nothing is lost. Counted once each time it begins. Behind a broker elsewhere the message is dropped, and comes again',
  ],
  'foreign-topic': ['it publishes elsewhere than on its own topic', NO_LIMIT, NOTHING],
  'foreign-subscription': ['it subscribes to another topic than its own', NO_LIMIT, NOTHING],
  'guest-over-limit': [
    'a client that is no dongle wants more than guests have; there are none by default',
    NO_LIMIT,
    'CONNACK 3, or a message dropped',
  ],
  'guest-taken-over': ['another came under its client id', NO_LIMIT, NOTHING],
  'bad-client-id': ['the client id is no dongle id, or not the user name', NO_LIMIT, 'CONNACK 2'],
  'bad-password': ['the password proves nothing', NO_LIMIT, CONNACK_5],
  'unknown-dongle': ['nobody knows this dongle', NO_LIMIT, `${CONNACK_5}: the same as for a wrong password`],
  'dongle-disabled': ['the dongle is lost or retired', NO_LIMIT, CONNACK_5],
  'replayed-connect': ['boot and session are not above the last ones', NO_LIMIT, CONNACK_5],
  'dongle-in-debt': [
    `it owes its own bucket more than fills it in ${seconds(DEBT_MS_MAX)}: it came again and again (${CONNECT_COST} tokens each time that it proves itself, ${HASTY_CONNECT_COST} if it has not that many), or did what no dongle does (${FOUL_COST} tokens for each of \`packet-too-large\`, \`malformed-packet\`, \`protocol-violation\`, \`foreign-topic\` and \`foreign-subscription\` after it was let in). The list of dongles is not asked`,
    `${of(g.messagesPerSecond)}, ${of(g.messagesBurst)}: a connection each ${CONNECT_COST / g.messagesPerSecond.standard} s, or ${HASTY_CONNECT_COST / g.messagesPerSecond.standard} s for who does not wait for that; ${FOUL_COST / g.messagesPerSecond.standard} s for what no dongle does`,
    'CONNACK 3, then the end of the connection, until the debt is paid; it is not held against its address',
  ],
  'directory-failing': ['the list of dongles cannot be asked now', NO_LIMIT, 'CONNACK 3'],
  'hook-key': [
    'a broker, or somebody, asks who may connect without the key of the hooks',
    NO_LIMIT,
    '401; a broker that has another key lets nobody in',
  ],
  'bad-message': ['what was opened has not the shape of its kind', NO_LIMIT, SILENCE],
  'unknown-session': ['a message came over a connection without a session', NO_LIMIT, NOTHING],
  'too-many-faults': ['one connection had too many messages refused', `${FAULTS_MAX}; fixed`, NOTHING],
  'hello-flood': ['one connection greets again and again', `${HELLOS_MAX}; fixed`, NOTHING],
  'other-nonce': ['a second hello of one session has another nonce: a clone', NO_LIMIT, NOTHING],
  'dongle-over-limit': [
    'more of one dongle waits to be stored than may, and still it sends',
    `${of(g.dongleBatchesMax)}, ${of(g.dongleBytesMax)}`,
    `up to there its socket is not read; beyond, ${SILENCE}`,
  ],
  'gateway-over-limit': [
    'more of all waits to be stored than may (twice the bytes)',
    `${of(g.queueBatchesMax)}, ${of(g.queueBytesMax)}`,
    `up to there no socket is read; beyond, ${SILENCE}`,
  ],
  'in-flight-repeat': ['the same batch is waiting for its commit already', NO_LIMIT, 'the one answer that both get'],
  stopping: ['the gateway is being stopped', of(g.stopTimeoutMs), 'CONNACK 3, or nothing'],
}

const PROBLEM_ROWS: [problem: string, ...Row][] = [
  [
    'access.throttled',
    'wrong access keys of one address; right ones cost nothing, and do not help while the bucket is empty',
    `${TRIES_MAX} at once, then one each ${seconds(REFILL_MS)}; fixed`,
    '429 with `retry-after`, whatever key comes: this is the only lock-out, and it ends by itself',
  ],
  [
    'claim.throttled',
    'wrong claim codes of one account',
    `${CLAIM_TRIES_MAX} at once, then one each ${seconds(CLAIM_REFILL_MS)}; fixed`,
    '429 with `retry-after`; no dongle is locked by it, so nobody can lock out its owner',
  ],
  [
    'webhook.throttled',
    'tests that one ESP has posted to its webhook',
    `${TESTS_MAX} at once, then one each ${seconds(TEST_REFILL_MS)}; fixed`,
    '429 with `retry-after`; deliveries of readings are not counted',
  ],
  ['live.full', 'more live streams than may be open', of(BACKEND_SETTINGS.liveStreamsMax), '503 with `retry-after`'],
  [
    '(none)',
    'a live stream is not read by its page',
    `${UNSENT_BYTES_MAX} bytes; fixed`,
    'the stream ends, and the page opens another',
  ],
]

/** Both tables as they stand on the page. */
export function limitsTables(): { gateway: string; pages: string } {
  const rows = Object.entries(REFUSED).map(([reason, row]) => `| \`${reason}\` | ${row.join(' | ')} |\n`)
  const problems = PROBLEM_ROWS.map(([problem, ...row]) => `| \`${problem}\` | ${row.join(' | ')} |\n`)
  return { gateway: GATEWAY + RULE + rows.join(''), pages: PAGES + RULE + problems.join('') }
}

/** `page` with both tables as the code has them. */
export function withTables(page: string): string {
  const { gateway, pages } = limitsTables()
  return [
    [GATEWAY, gateway],
    [PAGES, pages],
  ].reduce((text, [head, table]) => {
    const from = text.indexOf(head as string)
    const end = text.indexOf('\n\n', from)
    return text.slice(0, from) + table + text.slice(end < 0 ? text.length : end + 1)
  }, page)
}

if (import.meta.main) writeFileSync(PAGE, withTables(readFileSync(PAGE, 'utf8')))

// Why the gateway turned something away: one word per reason, the same in the counter `nrt_gateway_refused_total{reason}`,
// in logs and in docs. Faults of envelope and session (shared/session) count under their own codes next to these.

export const REFUSALS = [
  // before MQTT
  'connect-rate', // more new connections from one address than its bucket holds
  'stranger-rate', // more from all addresses that no dongle has come from than may come at their pace
  'failed-before', // from an address where those who came proved nothing, beyond what strangers leave
  'too-many-connections', // the process is full
  'too-many-strangers', // too many connections that have not proven who they are
  'directory-late', // CONNECTs wait too long for the dongle directory: who came now would have given up before its answer
  'tls-handshake', // no TLS session came about
  'connect-timeout', // no authenticated CONNECT in time
  'connect-in-crumbs', // a CONNECT that comes a few bytes at a time
  'probe-malformed', // a UDP packet that is no question of a dongle's
  'probe-rate', // more questions than an address, or all together, may ask
  // MQTT
  'packet-too-large',
  'malformed-packet',
  'protocol-violation', // well-formed, but not allowed at this point (no CONNECT first, QoS 2, retain, will)
  'protocol-version', // not MQTT 3.1.1
  'keepalive-limit', // no keep-alive, or one so long that a dead link would stay
  'keepalive-timeout',
  'slow-reader', // does not read what is sent to it
  'message-rate', // sends more than its bucket holds: not read further until that has filled
  'foreign-topic',
  'foreign-subscription',
  // clients that are no dongles, where somebody lets them in
  'guest-over-limit', // no room for a mailbox, a message or a retained one
  'guest-taken-over', // another connection has come under its client id
  // CONNECT
  'bad-client-id', // not a dongle id, or the user name differs
  'bad-password',
  'unknown-dongle',
  'dongle-disabled', // lost or retired
  'replayed-connect', // boot and session are not above the last ones: a replay or a clone
  'dongle-in-debt', // it has come, or sent, much more than its bucket holds, or done what no dongle does: not let in until that is paid
  'directory-failing', // the dongle directory did not answer
  'hook-key', // a broker, or somebody, asks who may connect without the hooks' key
  // messages
  'bad-message', // authentic and decrypted, but not the shape that its kind has
  'unknown-session', // no authenticated session for this connection
  'too-many-faults', // one connection, many refused messages
  'hello-flood',
  'other-nonce', // a second hello of the same boot and session, with another nonce: a clone
  // load
  'dongle-over-limit',
  'gateway-over-limit',
  'in-flight-repeat', // sent again while the first copy waits for its commit; answered with it
  'stopping',
] as const

export type Refusal = (typeof REFUSALS)[number]

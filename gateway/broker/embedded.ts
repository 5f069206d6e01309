// The broker inside this process: MQTT 3.1.1 on the listener's sockets. A dongle publishes on its own up topic and reads its own down topic,
// nothing else exists for it, and nothing is kept for one that is away: sessions are clean, acks of the application are the truth
// (docs/adr/0020-writer-thread-and-own-listener.md). All other clients are guests (guests.ts), if there is a policy for them. A byte goes from
// listener.ts through conversations.ts to connect.ts, dongle-packets.ts or guests.ts, and back through connection.ts.

import type { Broker, BrokerEvents } from './broker.ts'
import type { ConversationOptions } from './connection.ts'
import { createConversations } from './conversations.ts'
import { type ListenerOptions, openListener } from './listener.ts'

export interface EmbeddedOptions
  extends Omit<ListenerOptions, 'onConnection' | 'onRefused' | 'isLate'>,
    ConversationOptions {
  limits: ListenerOptions['limits'] & ConversationOptions['limits']
}

export async function openEmbeddedBroker(options: EmbeddedOptions, events: BrokerEvents): Promise<Broker> {
  const conversations = createConversations(options, events)
  const listener = await openListener({
    ...options,
    isLate: conversations.isLate,
    onConnection: conversations.open,
    onRefused: events.refused,
  })
  return {
    port: listener.port,
    tlsPort: listener.tlsPort,
    streamTlsPort: listener.streamTlsPort,
    isReady: conversations.isAccepting,
    tell: conversations.tell,
    connections: listener.connections,
    strangers: listener.strangers,
    hellosWaiting: listener.hellosWaiting,
    async stopAccepting() {
      conversations.stopAccepting()
      await listener.stopAccepting()
    },
    async close() {
      conversations.stopAccepting()
      await listener.stopAccepting()
      await conversations.end()
      listener.closeAll()
    },
  }
}

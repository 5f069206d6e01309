// Where the backend meets a listener at which ESPs come to read a stream: who may come and what they may read (StreamPolicy), and messages for whoever
// reads a topic (StreamDoor). In one process the listener is the gateway's. Types only.

/** A message on its way to whoever reads its topic. */
export interface StreamMessage {
  topic: string
  payload: Uint8Array
  /** Asked in the instant in which it is written to a reader's socket, each time that it is. */
  mayLeave(): boolean
  /** One reader has confirmed it (QoS 1), or it was written (QoS 0): true. It will not reach one: false. Once for each reader. */
  left(isConfirmed: boolean): void
}

export interface StreamDoor {
  /** To how many readers it is on its way. */
  publish(message: StreamMessage): number
}

/** One connection of an ESP. */
export interface StreamReader {
  /** Ends the connection at once; what has not reached the network does not. */
  drop(): void
}

/** What one connection may do, and what is told of it. */
export interface StreamRights {
  /** Connections of different realms never share a client id. */
  realm: string
  maySubscribe(filter: string): boolean
  opened(reader: StreamReader): void
  subscribed(filter: string): void
  unsubscribed(filter: string): void
  /** The connection is over, and its socket is closed. */
  left(): void
}

export interface StreamPolicy {
  /** Undefined: this client may not come. `certificate`: DER of what its connection has shown, if any. */
  admit(
    clientId: string,
    username: string,
    password: string,
    certificate: Uint8Array | undefined,
  ): Promise<StreamRights | undefined>
}

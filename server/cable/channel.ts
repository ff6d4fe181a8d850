import type { Caller } from '../reflex/caller.ts'

/** One confirmed subscription of one connection. */
export interface Subscription {
  /** As the client sent it, byte for byte. */
  readonly identifier: string
  /** Sends a message, already JSON, to this subscriber alone. */
  send(json: string): void
}

/** What a connection knows of its client; the page's URL comes later, with a channel's messages. */
export type Client = Caller

/**
 * One channel on one connection. A connection's commands reach it one at a time, in the order in which they came.
 */
export interface Channel {
  /** False rejects the subscription. */
  subscribed(subscription: Subscription): boolean | Promise<boolean>
  /** False when the data was unintelligible. */
  received(subscription: Subscription, data: string): boolean | Promise<boolean>
  /** The message came too fast, or when too many waited: in its turn it is answered, and not run. As `received`. */
  refused(subscription: Subscription, data: string): boolean | Promise<boolean>
  unsubscribed(subscription: Subscription): void
  /** Called about every `limits.ping` ms while a command of this subscription is worked on. */
  working?(subscription: Subscription, sinceMs: number): void
}

/** Makes the channel that an identifier names, for one connection. */
export type ChannelFactory = (client: Client) => Channel

/** Channels by the name in their identifiers. */
export type Channels = ReadonlyMap<string, ChannelFactory>

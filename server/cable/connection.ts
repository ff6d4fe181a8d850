import { randomBytes } from 'node:crypto'
import type { Limits } from '../../protocol/limits.ts'
import { type Command, type Frame, protocolVersion } from '../../protocol/messages.ts'
import { closeCodes, type DisconnectReason, disconnects, type Subprotocol } from '../../protocol/status.ts'
import type { Channel, Channels, Client, Subscription } from './channel.ts'
import { channelName, parseCommand } from './command.ts'
import { TokenBucket } from './token-bucket.ts'

/** All that a connection asks of a transport. */
export interface Transport {
  send(text: string): void
  /** Ends the connection; `code` is a WebSocket close code. */
  close(code: number, reason: string): void
  /** A ping below the protocol, for clients that answer none of the protocol's own. */
  ping(): void
  /** Bytes that were sent and not yet read. */
  readonly buffered: number
}

export interface ConnectionOptions {
  readonly transport: Transport
  readonly client: Client
  /** Protocol version that the client speaks; undefined for plain Action Cable clients. */
  readonly version: number | undefined
  readonly subprotocol: Subprotocol
  readonly channels: Channels
  readonly limits: Limits
  /** In development: the process's own id. */
  readonly boot: string | undefined
}

/** A command in its turn; one that is refused is answered there, and not run. */
type Queued = Exclude<Command, { command: 'pong' }> & { refused?: boolean }

interface Entry {
  readonly channel: Channel
  readonly subscription: Subscription
}

/**
 * One Action Cable connection, free of transport. Commands run one at a time in the order in which they came, as
 * Action Cable clients and anycable-go expect.
 */
export class Connection {
  readonly client: Client
  readonly #options: ConnectionOptions
  readonly #subscriptions = new Map<string, Entry>()
  readonly #queue: Queued[] = []
  readonly #bucket: TokenBucket
  /** How often it may be refused before it is sent away. */
  readonly #patience: TokenBucket
  readonly #openedAt = performance.now()
  #heardAt = this.#openedAt
  #working: { entry: Entry | undefined; since: number } | undefined
  #idle: (() => void) | undefined
  #malformed = 0
  #draining = false
  #ended = false

  constructor(options: ConnectionOptions) {
    this.client = options.client
    this.#options = options
    const { rate, burst } = options.limits
    this.#bucket = new TokenBucket(rate, burst)
    this.#patience = new TokenBucket(rate, burst)
  }

  /** Greets the client, or sends it away when it speaks a version that this server does not. */
  open(): void {
    const { version, client, boot } = this.#options
    // One step either way: while a new version is rolled out, its pages' tabs meet old processes as well. Written so that
    // NaN, from a version that is no number, does not pass.
    const spoken = version === undefined || Math.abs(version - protocolVersion) <= 1
    if (!spoken) return this.disconnect('outdated')
    const patella = { v: protocolVersion, cookie: client.sid !== undefined, ...(boot === undefined ? {} : { boot }) }
    this.#send({ type: 'welcome', sid: randomBytes(16).toString('base64url'), patella })
  }

  /** One text frame of the client. */
  receive(text: string): void {
    if (this.#ended || this.#draining) return
    this.heard()
    const command = parseCommand(text, this.#options.limits)
    if (command === undefined) return this.#malformedFrame()
    if (command.command === 'pong') return
    if (command.command !== 'message') this.#malformed = 0
    const refused = this.#isExcessive(command)
    // To refuse costs as well: who keeps up twice the rate, or lets so much wait, is not told again.
    if ((refused && !this.#patience.take()) || this.#queue.length >= 10 * this.#options.limits.pending)
      return this.#end(closeCodes.policyViolation, 'too many commands')
    this.#queue.push(refused ? { ...command, refused } : command)
    if (this.#working === undefined) void this.#work()
  }

  /** Something came from the client, of whatever kind. */
  heard(): void {
    this.#heardAt = performance.now()
  }

  /** Called about every `limits.ping` ms with a ready-made ping frame. */
  tick(ping: string, now: number): void {
    if (this.#ended) return
    const { limits, subprotocol, transport } = this.#options
    if (now - this.#heardAt > limits.silence) return this.disconnect('no_pong')
    if (this.#subscriptions.size === 0 && !this.#working && now - this.#openedAt > limits.handshake)
      return this.disconnect('idle_timeout')
    this.#write(ping)
    // Only clients of the extended protocol answer its pings; any other is asked by the WebSocket's own.
    if (subprotocol !== 'actioncable-v1-ext-json') transport.ping()
    const { entry, since } = this.#working ?? {}
    if (entry && since !== undefined) entry.channel.working?.(entry.subscription, now - since)
  }

  /** Tells the client why and whether to come back, then ends the connection. */
  disconnect(reason: DisconnectReason): void {
    if (this.#ended) return
    const { code, reconnect } = disconnects[reason]
    const frame: Frame = { type: 'disconnect', reason, reconnect }
    // Past #write: a full buffer is one of the reasons.
    this.#options.transport.send(JSON.stringify(frame))
    this.#end(code, reason)
  }

  /** Finishes what runs, its answer included, and sends the client away; what waits is the client's to send again. */
  async drain(): Promise<void> {
    this.#draining = true
    this.#queue.length = 0
    if (this.#working) await new Promise<void>((resolve) => (this.#idle = resolve))
    this.disconnect('server_restart')
  }

  /** The transport is gone. */
  closed(): void {
    this.#ended = true
    this.#queue.length = 0
    for (const { channel, subscription } of this.#subscriptions.values()) channel.unsubscribed(subscription)
    this.#subscriptions.clear()
  }

  async #work(): Promise<void> {
    for (let command = this.#queue.shift(); command !== undefined; command = this.#queue.shift()) {
      this.#working = { entry: this.#subscriptions.get(command.identifier), since: performance.now() }
      try {
        await this.#perform(command, this.#working.entry)
      } catch {
        // A channel answers its own errors; one that throws has a defect, and its client is owed an end.
        this.#end(closeCodes.internalError, 'channel failed')
      }
    }
    this.#working = undefined
    this.#idle?.()
  }

  async #perform(command: Queued, entry: Entry | undefined): Promise<void> {
    if (command.command === 'subscribe') return this.#subscribe(command.identifier, entry)
    if (command.command === 'unsubscribe') {
      if (entry === undefined) return
      this.#subscriptions.delete(command.identifier)
      return entry.channel.unsubscribed(entry.subscription)
    }
    const answer = command.refused ? 'refused' : 'received'
    const understood = entry !== undefined && (await entry.channel[answer](entry.subscription, command.data))
    if (understood) this.#malformed = 0
    else this.#malformedFrame()
  }

  async #subscribe(identifier: string, existing: Entry | undefined): Promise<void> {
    const { channels, client, limits } = this.#options
    const confirm: Frame = { type: 'confirm_subscription', identifier }
    if (existing !== undefined) return this.#send(confirm)
    const reject: Frame = { type: 'reject_subscription', identifier }
    const name = channelName(identifier)
    const create = name === undefined ? undefined : channels.get(name)
    if (create === undefined || this.#subscriptions.size >= limits.subscriptions) return this.#send(reject)
    const entry = { channel: create(client), subscription: this.#createSubscription(identifier) }
    if (!(await entry.channel.subscribed(entry.subscription))) return this.#send(reject)
    if (this.#ended) return entry.channel.unsubscribed(entry.subscription)
    this.#subscriptions.set(identifier, entry)
    this.#send(confirm)
  }

  #createSubscription(identifier: string): Subscription {
    // Ready-made, for every reply begins with it and is JSON already.
    const head = `{"identifier":${JSON.stringify(identifier)},"message":`
    return { identifier, send: (json) => this.#write(`${head}${json}}`) }
  }

  /** Whether a message comes too fast or waits in too long a line. */
  #isExcessive({ command }: Queued): boolean {
    if (command !== 'message') return false
    return this.#queue.length >= this.#options.limits.pending || !this.#bucket.take()
  }

  #malformedFrame(): void {
    if (++this.#malformed >= this.#options.limits.malformed) this.#end(closeCodes.policyViolation, 'malformed frames')
  }

  #send(frame: Frame): void {
    this.#write(JSON.stringify(frame))
  }

  #write(text: string): void {
    if (this.#ended) return
    const { transport, limits } = this.#options
    transport.send(text)
    if (transport.buffered > limits.outbound) this.disconnect('too_slow')
  }

  #end(code: number, reason: string): void {
    if (this.#ended) return
    this.closed()
    this.#options.transport.close(code, reason)
  }
}

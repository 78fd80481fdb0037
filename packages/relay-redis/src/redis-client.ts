/** What is used of a client of `redis` (node-redis), so that no type of one release stands in the way of another. */
export interface NodeRedisClient {
  readonly isReady: boolean
  duplicate(overrides: object): NodeRedisClient
  on(event: 'error', listener: (error: unknown) => void): unknown
  on(event: 'ready' | 'reconnecting', listener: () => void): unknown
  connect(): Promise<unknown>
  destroy(): void
  ping(): Promise<unknown>
  publish(channel: string, payload: Buffer): Promise<unknown>
  sPublish(channel: string, payload: Buffer): Promise<unknown>
  subscribe(
    channel: string,
    listener: (payload: Buffer, channel: Buffer) => unknown,
    asBuffer: true,
  ): Promise<unknown>
  sSubscribe(
    channel: string,
    listener: (payload: Buffer, channel: Buffer) => unknown,
    asBuffer: true,
  ): Promise<unknown>
  unsubscribe(channel: string): Promise<unknown>
  sUnsubscribe(channel: string): Promise<unknown>
  sendCommand(line: readonly (string | Buffer)[], options: { typeMapping: object }): Promise<unknown>
}

/** What is used of a client of `ioredis`. */
export interface IoredisClient {
  readonly status: string
  duplicate(overrides: object): IoredisClient
  on(event: 'error', listener: (error: unknown) => void): unknown
  on(event: 'ready' | 'close', listener: () => void): unknown
  on(event: 'messageBuffer' | 'smessageBuffer', listener: (channel: Buffer, payload: Buffer) => void): unknown
  connect(): Promise<unknown>
  disconnect(reconnect?: boolean): void
  ping(): Promise<unknown>
  publish(channel: string, payload: Buffer): Promise<unknown>
  spublish(channel: string, payload: Buffer): Promise<unknown>
  subscribe(channel: string): Promise<unknown>
  ssubscribe(channel: string): Promise<unknown>
  unsubscribe(channel: string): Promise<unknown>
  sunsubscribe(channel: string): Promise<unknown>
  callBuffer(command: string, ...rest: readonly (string | Buffer)[]): Promise<unknown>
}

/** A client of either library. */
export type RedisClient = NodeRedisClient | IoredisClient

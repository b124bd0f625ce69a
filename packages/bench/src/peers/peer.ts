/**
 * A way to tell all processes that keys are no longer current. An adapter per library: it runs inside the processes of
 * the benchmark, all peers in each of them, so that what disturbs one of them disturbs the others too.
 */
export interface Peer {
  readonly name: string
  /** Whether it tells of a key only those that hold it: of what nobody holds nobody hears. */
  readonly onlyHolders?: true
  /** Settles when it is connected. */
  openPublisher(redisUrl: string): Promise<PeerPublisher>
  /**
   * Settles when it hears everything.
   *
   * @param onGone called once for each message, with the keys that it named, when none of them is held any more.
   */
  openReceiver(redisUrl: string, onGone: (keys: readonly string[]) => void): Promise<PeerReceiver>
}

export interface PeerPublisher {
  /** One call of the library; settles when it is acknowledged. */
  invalidate(keys: readonly string[]): Promise<void>
  close(): Promise<void>
}

export interface PeerReceiver {
  /** Brings values of these keys into the memory of this process, as a reader would. */
  hold(keys: readonly string[]): Promise<void>
  holds(key: string): boolean
  close(): Promise<void>
}

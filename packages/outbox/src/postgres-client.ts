/** What can be asked of PostgreSQL: a `Client` or `PoolClient` of node-postgres (`pg`), or anything alike. */
export interface PostgresClient {
  query(text: string, values?: unknown[]): Promise<unknown>
}

/** A connection that is not open yet: a new `Client` of node-postgres, or anything alike. */
export interface PostgresConnection extends PostgresClient {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly unknown[] }>
  connect(): Promise<unknown>
  on(event: 'notification', listener: () => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'end', listener: () => void): unknown
  /** Settles when it is closed, at once if a query is under way. */
  end(): Promise<unknown>
  /** Lets the process end though it is not closed. */
  unref?(): void
}

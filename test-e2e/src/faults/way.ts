/** How a process gets to Redis, as it is told by the one that started it. */
export type Way =
  | { readonly kind: 'single'; readonly url: string; readonly valueServers?: Readonly<Record<string, string>> }
  | {
      readonly kind: 'sentinel'
      readonly sentinels: readonly Endpoint[]
      readonly name: string
      readonly natMap: Readonly<Record<string, Endpoint>>
    }
  | {
      readonly kind: 'cluster'
      readonly nodes: readonly Endpoint[]
      readonly natMap: Readonly<Record<string, Endpoint>>
    }

export interface Endpoint {
  readonly host: string
  readonly port: number
}

import { checkInteger, InvalidArgumentError } from '@rescind/options'

/** Where a server listens. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** @throws {InvalidArgumentError} */
export function checkAddress(name: string, address: Address): void {
  if (typeof address !== 'object' || address === null || typeof address.host !== 'string') {
    throw new InvalidArgumentError(name, 'an address, such as { host: "127.0.0.1", port: 6379 }', address)
  }
  checkInteger(`port of ${name}`, address.port, 1, 65_535)
}

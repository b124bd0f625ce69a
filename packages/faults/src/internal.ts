// Not public, and without any promise from one release to the next: for tests.
export { freePort } from './free-port.ts'
export { afterReal } from './real-clock.ts'
export { rejection } from './rejection.ts'

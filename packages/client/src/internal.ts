// Not public, and without any promise from one release to the next: for the adapters that bring regions and values elsewhere.
export { REGION_OPTIONS } from './resolve-region.ts'
export { ValueBytes } from './value-bytes.ts'

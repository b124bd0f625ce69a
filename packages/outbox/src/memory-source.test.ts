import { describe } from 'mocha'
import { MemorySource } from './fixtures/memory-source.ts'
import { conformsAsSource } from './fixtures/source-conformance.ts'

describe('The outbox in memory, for tests,', () => {
  conformsAsSource(async () => {
    const source = new MemorySource()
    return { source, begin: async () => source.begin(), close: async () => undefined }
  })
})

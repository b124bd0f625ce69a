import { describeTransport } from './fixtures/transport-conformance.ts'
import { MemoryHub } from './memory-hub.ts'

describeTransport('MemoryHub', async () => ({ transport: new MemoryHub(), maxTags: 100_000 }))

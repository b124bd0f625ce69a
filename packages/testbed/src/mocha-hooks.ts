import { type OpenResource, openResources, reclaim } from './resource.ts'

interface HookContext {
  readonly currentTest?: { fullTitle(): string } | undefined
}

const leaks: string[] = []
let before: ReadonlySet<OpenResource> = new Set()

/**
 * Fails the run when a test or a suite kept a process or a proxy. What a test starts it must end by its `afterEach`; what
 * a suite starts in `before` it must end in `after`. The failure comes at the end, since a root hook that fails would
 * keep the remaining tests from running.
 */
export const mochaHooks = {
  beforeEach(): void {
    before = new Set(openResources())
  },
  afterEach(this: HookContext): void {
    const title = this.currentTest?.fullTitle() ?? 'A test'
    for (const resource of openResources()) if (!before.has(resource)) report(resource, title)
  },
  afterAll(): void {
    for (const resource of openResources()) report(resource, 'A suite')
    if (leaks.length > 0) throw new Error(leaks.join('\n'))
  },
}

function report(resource: OpenResource, title: string): void {
  leaks.push(`${title} never gave back: ${resource.what}, acquired at ${resource.acquiredAt}`)
  reclaim(resource)
}

// Mocha drops unhandled rejections; thrown, they fail the test that runs, or the process.
process.on('unhandledRejection', (reason) => {
  throw reason
})

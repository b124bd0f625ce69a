import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { MaxHeap } from './max-heap.ts'

describe('MaxHeap', () => {
  it('has the largest of what is in it on top, whatever came and went', () => {
    const steps = fc.array(fc.option(fc.integer({ min: 1, max: 50 })), { maxLength: 60 })
    fc.assert(
      fc.property(steps, (values) => {
        const heap = new MaxHeap(60)
        const model: number[] = []
        for (const value of values) {
          if (value !== null) {
            heap.push(value)
            model.push(value)
          } else if (model.length > 0) {
            heap.pop()
            model.splice(model.indexOf(Math.max(...model)), 1)
          }
          expect(heap.top).to.equal(Math.max(0, ...model))
        }
      }),
    )
  })
})

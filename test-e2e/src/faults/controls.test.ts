import { expect } from 'chai'
import { describe, it } from 'mocha'
import { CONTROLS } from './all-controls.ts'
import { runControl } from './control.ts'

describe('The suite can fail: what is broken on purpose', function () {
  this.timeout(120_000)

  for (const control of CONTROLS) {
    const { broken, sees } = control
    const what = broken === 'naive' ? 'a naive cache' : `a library with ${broken.name}`
    it(`is seen of ${what} by the rule «${sees}», and by none of the library as it is`, async () => {
      const [asBuilt, asBroken] = [await runControl(control, false), await runControl(control, true)]
      expect(asBuilt.violations.map(({ sentence }) => sentence)).to.deep.equal([])
      expect(asBuilt.rules[sees].judged, 'reads that the rule judged').to.be.above(0)
      expect(asBroken.rules[sees].broken, 'reads that broke the rule').to.be.above(0)
    })
  }
})

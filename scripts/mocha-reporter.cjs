const { appendFileSync } = require('node:fs')
const { Spec } = require('mocha/lib/reporters/spec.js')

const lingerMs = 3000

/**
 * Prints as mocha's spec reporter does, appends `passes failures` to the file named by RESCIND_RESULTS, and fails a run
 * whose process cannot end by itself because something was left open.
 */
class Reporter {
  #spec

  constructor(runner, options) {
    this.#spec = new Spec(runner, options)
    runner.once('end', () => {
      const { passes, failures } = this.#spec.stats
      record(passes, failures)
      setTimeout(failHang, lingerMs).unref()
    })
  }
}

function record(passes, failures) {
  const { RESCIND_RESULTS } = process.env
  if (RESCIND_RESULTS) appendFileSync(RESCIND_RESULTS, `${passes} ${failures}\n`)
}

function failHang() {
  const kept = process.getActiveResourcesInfo().join(', ')
  console.error(`The tests ended ${lingerMs / 1000} s ago and something keeps the process alive: ${kept}`)
  record(0, 1)
  // Later than mocha's own listener, which sets the code to the number of failed tests.
  process.on('exit', () => {
    process.exitCode = 1
  })
  process.exit()
}

module.exports = Reporter

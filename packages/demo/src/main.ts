import { runDemo } from './demo.ts'
import { Interruption } from './interruption.ts'

const interruption = new Interruption()
process.exit(await runDemo(process.argv.slice(2), interruption))

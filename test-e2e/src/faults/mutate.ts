import { register } from 'node:module'

/** For `node --import`: loads one file of the workspace as the mutant says. */
register('./mutation-hook.js', import.meta.url)

// bounded.mjs SECONDS COMMAND [ARGUMENT...]: runs a command in a process group of its own and ends the whole group with
// it, when the time is up, and when this process is told to end. Exits as the command did, or with 124 on time-out.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'

const gracefulMs = 3000
const stragglersMs = 1000

// Before there is a command that could outlive this process.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => end(128 + constants.signals[signal], signal))
}

const [seconds, command, ...args] = process.argv.slice(2)
const child = spawn(command, args, { detached: true, stdio: ['ignore', 'inherit', 'inherit'] })
let status

child.on('error', (error) => {
  console.error(`${command}: ${error.message}`)
  process.exit(127)
})
child.on('exit', (code, signal) => {
  status ??= code ?? 128 + constants.signals[signal]
  setTimeout(leave, stragglersMs)
  setInterval(() => signalGroup(0) || leave(), 20)
})

setTimeout(() => {
  console.error(`Took longer than ${seconds} s and was ended: ${[command, ...args].join(' ')}`)
  end(124, 'SIGTERM')
}, Number(seconds) * 1000)

function end(endedWith, signal) {
  status ??= endedWith
  signalGroup(signal)
  setTimeout(() => signalGroup('SIGKILL'), gracefulMs)
}

function leave() {
  signalGroup('SIGKILL')
  process.exit(status)
}

/** Whether anybody was there to get it. */
function signalGroup(signal) {
  try {
    return process.kill(-child.pid, signal)
  } catch {
    return false
  }
}

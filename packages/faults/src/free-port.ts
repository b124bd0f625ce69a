import { createServer } from 'node:net'

// Below every usual ephemeral range: a client that reconnects to a closed port inside that range can be given this very
// port as its own, and so connect to itself.
const lowest = 10_000
const highest = 32_000
const attempts = 50

/** A loopback port that was free a moment ago; whoever binds it must be ready to lose the race and ask again. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest))
    if (await canBind(port)) return port
  }
  throw new Error(`No free loopback port between ${lowest} and ${highest} in ${attempts} attempts`)
}

function canBind(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

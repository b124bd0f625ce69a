import { fileURLToPath } from 'node:url'
import { freePort, spawnNode, startRedis } from '@rescind/testbed'
import { describe, it } from 'mocha'

describe('A bus over TLS', () => {
  const tls = (name: string) => fileURLToPath(new URL(`../src/fixtures/tls/${name}.pem`, import.meta.url))

  it('survives that it is closed while it shakes hands with a server whose certificate it cannot check', async () => {
    const port = await freePort()
    const files = ['--tls-cert-file', tls('cert'), '--tls-key-file', tls('key'), '--tls-ca-cert-file', tls('cert')]
    await using _secure = await startRedis({ args: ['--tls-port', `${port}`, '--tls-auth-clients', 'no', ...files] })
    await using child = await spawnNode(new URL('./fixtures/member-child.js', import.meta.url))
    // An uncaught error ends the child, and with it the call.
    for (let round = 0; round < 30; round += 1) await child.call('comeAndGo', 'test', `rediss://localhost:${port}`, 20)
  })
})

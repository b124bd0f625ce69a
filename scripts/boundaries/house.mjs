/** Which packages of the workspace each package may import. A package that is not here may not be imported at all. */
export const layers = {
  '@rescind/options': [],
  '@rescind/faults': ['@rescind/options'],
  '@rescind/testbed': ['@rescind/faults'],
  '@rescind/core': ['@rescind/options'],
  '@rescind/bus': ['@rescind/options'],
  '@rescind/client': ['@rescind/options', '@rescind/core', '@rescind/bus'],
  '@rescind/outbox': ['@rescind/options', '@rescind/bus'],
  '@rescind/testing': ['@rescind/options', '@rescind/bus', '@rescind/client', '@rescind/faults'],
  '@rescind/write-behind': ['@rescind/options', '@rescind/bus', '@rescind/client'],
  '@rescind/sim': ['@rescind/core', '@rescind/bus'],
  '@rescind/demo': ['@rescind/options', '@rescind/bus', '@rescind/client', '@rescind/testbed'],
  '@rescind/bench': ['@rescind/options', '@rescind/core', '@rescind/bus', '@rescind/client', '@rescind/testbed'],
  '@rescind/test-e2e': [
    ...['@rescind/options', '@rescind/bus', '@rescind/client', '@rescind/outbox'],
    ...['@rescind/write-behind', '@rescind/testing', '@rescind/testbed'],
  ],
}

/** The one file of a package that imports a library; a library that is not here may have any one file. */
export const libraryHomes = {
  '@rescind/core': { 'quick-lru': 'src/lru-store.ts' },
  '@rescind/bus': {
    hashring: 'src/server-ring.ts',
    ioredis: 'src/redis-client.ts',
    msgpackr: 'src/msgpack-codec.ts',
    nanoid: 'src/ids.ts',
  },
  '@rescind/client': { msgpackr: 'src/msgpack-codec.ts', nanoid: 'src/ids.ts' },
}

/** Libraries whose types are part of our own interfaces, so any file may import those. */
export const typesAnywhere = ['ioredis']

/** May be imported by tests, and by these packages. */
export const testOnly = { '@rescind/testbed': ['@rescind/demo', '@rescind/bench', '@rescind/test-e2e'] }

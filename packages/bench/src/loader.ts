/** The loader and cache of layered-loader, imported here alone. */
export { Loader, RedisCache } from 'layered-loader'

/** The loader and caches of layered-loader, imported here alone. */
export { createNotificationPair, Loader, RedisCache } from 'layered-loader'

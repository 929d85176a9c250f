/**
 * Tap, without its domains: they follow every promise to the test that made it, which takes a fifth of a test's processor time, only to know whose an uncaught error is.
 * Here one file runs at a time, and it is that file's.
 */
import hooks from 'node:async_hooks'
import { syncBuiltinESMExports } from 'node:module'

const { createHook } = hooks
hooks.createHook = () => ({ enable () {}, disable () {} })
syncBuiltinESMExports()
/** The first domain is made as tap is loaded. */
const { default: tap } = await import('tap')
hooks.createHook = createHook
syncBuiltinESMExports()

export default tap

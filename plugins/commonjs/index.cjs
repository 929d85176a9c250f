/** The package for require(): the same modules, from Node.js 20.19 on. */
const entry = require('../entry.js')

Object.defineProperty(exports, '__esModule', { value: true })
exports.default = entry.default
exports.liveSessionEntities = entry.liveSessionEntities
exports.migrate = entry.migrate
exports.requireConfirmedSession = entry.requireConfirmedSession
exports.requireRecentAuthentication = entry.requireRecentAuthentication
exports.requireSession = entry.requireSession
exports.sessionOf = entry.sessionOf

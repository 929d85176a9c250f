/** `fastify-live-sessions/protocol` for require(). */
module.exports = require('../../src/protocol.js')

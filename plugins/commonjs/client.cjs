/** `fastify-live-sessions/client` for require(). */
module.exports = require('../../src/client/index.js')

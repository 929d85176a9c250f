/** `fastify-live-sessions/testing` for require(). */
module.exports = require('../../src/testing/index.js')

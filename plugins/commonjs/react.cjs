/** `fastify-live-sessions/react` for require(). */
module.exports = require('../../src/react/index.js')

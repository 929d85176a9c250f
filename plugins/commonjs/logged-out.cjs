/** `fastify-live-sessions/logged-out` for require(). */
module.exports = require('../../src/panel/logged-out.js')

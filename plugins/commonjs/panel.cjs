/** `fastify-live-sessions/panel` for require(). */
module.exports = require('../../src/panel/index.js')

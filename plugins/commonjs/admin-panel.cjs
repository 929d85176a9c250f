/** `fastify-live-sessions/admin-panel` for require(). */
module.exports = require('../../src/panel/admin.js')

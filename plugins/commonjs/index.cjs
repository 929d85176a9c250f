/** The package for require(): the same modules, from Node.js 20.19 on. */
module.exports = require('../entry.js')

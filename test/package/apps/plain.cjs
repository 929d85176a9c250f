const Fastify = require('fastify')
const { default: liveSessions, requireSession } = require('fastify-live-sessions')
const { signIn, startTestDatabase } = require('fastify-live-sessions/testing')
const { DEVICE_TYPES } = require('fastify-live-sessions/protocol')
const { run } = require('./plain-run.cjs')

run({ Fastify, liveSessions, requireSession, signIn, startTestDatabase, DEVICE_TYPES })

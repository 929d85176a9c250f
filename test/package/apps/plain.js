import Fastify from 'fastify'
import liveSessions, { requireSession } from 'fastify-live-sessions'
import { signIn, startTestDatabase } from 'fastify-live-sessions/testing'
import { DEVICE_TYPES } from 'fastify-live-sessions/protocol'
import { run } from './plain-run.cjs'

await run({ Fastify, liveSessions, requireSession, signIn, startTestDatabase, DEVICE_TYPES })

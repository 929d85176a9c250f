/** What an app that declares its claims and its users' ids gets typed: where they are given, where they are read, and in its own tests. In a program of its own, as declarations are for the whole of one; a misspelt option is refused here, too, since TSTyche reads this file twice anyway. */
import Fastify from 'fastify'
import liveSessions, { requireSession } from 'fastify-live-sessions'
import { signIn } from 'fastify-live-sessions/testing'
import { describe, expect, test } from 'tstyche'

declare module 'fastify-live-sessions' {
  interface SessionClaims { plan: 'free' | 'pro', seats?: number }
  interface SessionUser { id: number }
}

const app = Fastify()

describe('claims that the app has declared', () => {
  test('are what signIn takes, or leaves out', () => {
    expect(signIn).type.toBeCallableWith(app, 7)
    expect(signIn).type.toBeCallableWith(app, 7, { device: { name: 'phone' } })
    expect(signIn).type.toBeCallableWith(app, 7, { claims: { plan: 'pro' } })
    expect(signIn).type.toBeCallableWith(app, 7, { claims: { plan: 'pro', seats: 3 } })
    expect(signIn).type.not.toBeCallableWith(app, 7, { claims: { plan: 'gold' } })
    expect(signIn).type.not.toBeCallableWith(app, 7, { claims: { seats: 3 } })
    expect(signIn).type.not.toBeCallableWith(app, 7, { claims: { plan: 'pro', admin: true } })
    expect(signIn).type.not.toBeCallableWith(app, 'ada')
  })

  test('are what a login has to give, and a route reads', () => {
    app.post('/', async (request) => {
      await app.sessions.open(request, { userId: 7, claims: { plan: 'free' } })
      expect(app.sessions.open).type.not.toBeCallableWith(request, { userId: 7 })
      expect(app.sessions.open).type.not.toBeCallableWith(request, { userId: '7', claims: { plan: 'free' } })
    })
    app.get('/', { onRequest: requireSession }, async (request) => { expect(request.session.claims.plan).type.toBe<'free' | 'pro'>() })
  })

  test('are what the rules are asked with', () => {
    void app.register(liveSessions, {
      secret: 'x',
      database: 'y',
      maxSessions ({ claims }) {
        expect(claims.plan).type.toBe<'free' | 'pro'>()
        return claims.plan === 'pro' ? null : 3
      }
    })
  })
})

test('an option that does not exist is refused', () => {
  expect(app.register).type.not.toBeCallableWith(liveSessions, { secret: 'x', database: 'y', maxSession: 3 })
})

/** The wire's types, as somebody who imports `fastify-live-sessions/protocol` gets them. */
import {
  CLOSE_CODES, ERROR_STATUS, type ClientMessage, type EndReason, type ErrorBody, type LogoutMessage, type RevocationReason,
  type RevocationReport, type ServerMessage, type Session, type SessionDetail
} from 'fastify-live-sessions/protocol'
import { describe, expect, test } from 'tstyche'

describe('messages', () => {
  test('a server message is told apart by its type', () => {
    expect<ServerMessage['type']>().type.toBe<'welcome' | 'logout' | 'sessions_changed' | 'notice' | 'heartbeat'>()
    expect<Extract<ServerMessage, { type: 'logout' }>>().type.toBe<LogoutMessage>()
  })

  test('a client says ack, and nothing else', () => {
    expect<{ type: 'ack', eventId: string, state: 'wiped' }>().type.toBeAssignableTo<ClientMessage>()
    expect<{ type: 'hello' }>().type.not.toBeAssignableTo<ClientMessage>()
  })
})

describe('constants', () => {
  test('close codes and statuses are literal', () => {
    expect(CLOSE_CODES.sessionEnded).type.toBe<4401>()
    expect(ERROR_STATUS.SESSION_REVOKED).type.toBe<401>()
  })
})

describe('shapes', () => {
  test('a reason of the contract is a reason, an invented one is not', () => {
    expect<'concurrent_login'>().type.toBeAssignableTo<RevocationReason>()
    expect<'idle_timeout'>().type.not.toBeAssignableTo<RevocationReason>()
    expect<'idle_timeout'>().type.toBeAssignableTo<EndReason>()
    expect<'kicked'>().type.not.toBeAssignableTo<EndReason>()
  })

  test('a session has no token', () => {
    expect<Session>().type.not.toHaveProperty('token')
    expect<SessionDetail>().type.toBeAssignableTo<Session>()
  })

  test('a report is always a confirmed one', () => {
    expect<RevocationReport['confirmed']>().type.toBe<true>()
  })

  test('a reason in an error is optional', () => {
    expect<{ statusCode: 404, code: 'SESSION_NOT_FOUND', error: 'Not Found', message: string }>().type.toBeAssignableTo<ErrorBody>()
  })
})

/**
 * Who answers for a failure on one of our routes: we for ours, the app for what its hooks do before the handler is
 * done. What is done is never called rejected.
 */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import { AnswerFailed, StoreUnavailable, type SessionError } from '../../src/errors.ts'
import { sendError, sendErrorPastHooks } from '../error-replies.ts'

/** What guards, validation and parsers of this scope reject with. */
const OWN_CODE = /^(?:SESSION_|INVALID_CREDENTIALS$|FST_ERR_VALIDATION$|FST_ERR_CTP_|FST_ERR_HANDLER_TIMEOUT$)/

/** On the request: what became of the handler. */
const kHandled = Symbol.for('fastify-live-sessions.handled')

declare module 'fastify' {
  interface FastifyRequest {
    [kHandled]?: 'done' | 'failed'
  }
}

export interface ErrorAnswers {
  /** Is told of the app's mistakes. */
  failed: (error: Error) => void
  /** Takes a session's cookie off the reply again. */
  takeBackCookie: (reply: FastifyReply) => void
}

export function answerErrors (scope: FastifyInstance, { failed, takeBackCookie }: ErrorAnswers): void {
  scope.addHook('onRoute', (route) => {
    // The socket's ends in no answer.
    if (!('wsHandler' in route)) route.handler = noted(route.handler)
  })

  scope.setErrorHandler((error: FastifyError | SessionError, request, reply) => {
    if (request[kHandled] === 'done') {
      // What was asked has been done; a session that was opened ends, as its token does not leave.
      const answerFailed = Object.assign(new AnswerFailed(), { cause: error })
      failed(answerFailed)
      takeBackCookie(reply)
      sendErrorPastHooks(reply, answerFailed)
    } else if (request[kHandled] === 'failed' || OWN_CODE.test(error.code ?? '')) {
      void sendError(reply, ours(error, request))
    } else {
      // A hook of the app's: its error handler is next, or Fastify's.
      reply.send(error)
    }
  })
}

function noted (handler: RouteHandlerMethod): RouteHandlerMethod {
  return async function (request, reply) {
    try {
      const payload: unknown = await handler.call(this, request, reply)
      request[kHandled] = 'done'
      return payload
    } catch (error) {
      request[kHandled] = 'failed'
      throw error
    }
  }
}

/** A 4xx and our own codes as they are; anything else is our own failure. */
function ours (error: FastifyError | SessionError, request: FastifyRequest): SessionError {
  const { statusCode, code } = error
  if (statusCode !== undefined && statusCode < 500) return error
  if (code?.startsWith('SESSION_') === true) {
    // The app's own mistake in what its functions gave; a failed function has been told already.
    if (code === 'SESSION_CALL_INVALID') request.log.error({ err: error }, 'live-sessions: a session route failed')
    return error
  }
  request.log.error({ err: error }, 'a session route failed')
  return new StoreUnavailable()
}

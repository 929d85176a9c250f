/**
 * A connection whose statement timed out is cut: it may never answer, and whatever came next would wait behind that
 * statement.
 */
import type { Client, QueryResult } from 'pg'

type Answer = (error: Error | null, result: QueryResult) => void

/** What the driver says when a statement took longer than `query_timeout`. */
const TIMED_OUT = 'Query read timeout'

/**
 * For the pool's `afterCreate`, for what knex asks by itself. The driver alone would give the connection back to the
 * pool, with the statement still under way.
 */
export function destroyAfterTimeout (client: Client, done: (error: null, client: Client) => void): void {
  const query = client.query as (text: unknown, answer: unknown) => unknown
  const cutting = (text: unknown, answer: unknown): unknown =>
    query.call(client, text, typeof answer === 'function' ? destroying(client, answer as Answer) : answer)
  client.query = cutting as Client['query']
  done(null, client)
}

function destroying (client: Client, answer: Answer): Answer {
  return (error, result) => {
    void destroyIfTimedOut(client, error).then(() => { answer(error, result) })
  }
}

/**
 * Resolves when the connection is gone, if that was the reason: the pool knows by then that it has to make another one.
 */
export async function destroyIfTimedOut (client: Client, error: unknown): Promise<void> {
  if (!(error instanceof Error) || error.message !== TIMED_OUT) return
  const { stream } = client.connection
  if (stream.destroyed) return
  await new Promise<void>((resolve) => {
    client.once('end', resolve)
    stream.destroy()
  })
}

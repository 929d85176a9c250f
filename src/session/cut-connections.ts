/** A pooled connection whose statement timed out is cut: it may never answer, and whatever came next would wait behind that statement. */
import type { Client, QueryResult } from 'pg'

type Answer = (error: Error | null, result: QueryResult) => void

/** What the driver says when a statement took longer than `query_timeout`. */
const TIMED_OUT = 'Query read timeout'

/** For the pool's `afterCreate`. The driver itself would give the connection back to the pool, with the statement still under way. */
export function cutAfterTimeout (client: Client, done: (error: null, client: Client) => void): void {
  const query = client.query as (text: unknown, answer: unknown) => unknown
  const cutting = (text: unknown, answer: unknown): unknown => query.call(client, text, typeof answer === 'function' ? cut(client, answer as Answer) : answer)
  client.query = cutting as Client['query']
  done(null, client)
}

/** The failure is told when the connection is gone: the pool knows by then that it has to make another one. */
function cut (client: Client, answer: Answer): Answer {
  return (error, result) => {
    const { stream } = client.connection
    if (error?.message !== TIMED_OUT || stream.destroyed) {
      answer(error, result)
    } else {
      client.once('end', () => { answer(error, result) })
      stream.destroy()
    }
  }
}

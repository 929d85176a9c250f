/**
 * What a start has opened is closed with the app, the latest first; and at once where the start fails, for many an app
 * whose start failed is never closed.
 */
import type { FastifyInstance } from 'fastify'

type Close = () => Promise<void>

export interface Closing {
  add: (close: Close) => void
  /** Closes all of it now; never rejects. */
  begin: () => Promise<void>
}

export function createClosing (app: Pick<FastifyInstance, 'addHook'>): Closing {
  const opened: Close[] = []
  return {
    add (close) {
      let closing: Promise<void> | undefined
      const once: Close = async () => {
        closing ??= close()
        await closing
      }
      opened.unshift(once)
      app.addHook('onClose', once)
    },
    async begin () {
      for (const close of opened) await close().catch(() => {})
    }
  }
}

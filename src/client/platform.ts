/** What the surrounding platform offers, seen so that a browser, a worker, Node and React Native all fit. */
import type { SocketConstructor } from './api.ts'

export interface Listenable {
  addEventListener? (type: string, listener: () => void, options: { signal: AbortSignal }): void
}

export interface Platform extends Listenable {
  WebSocket?: SocketConstructor
  reportError?: (error: unknown) => void
  location?: { origin: string, href?: string }
  console?: { warn: (text: string) => void }
  navigator?: { onLine?: boolean, locks?: LockManager }
  /** React Native's: true in a development build. */
  __DEV__?: boolean
  document?: Listenable & { visibilityState: string }
}

export const platform: Platform = globalThis as unknown as Platform

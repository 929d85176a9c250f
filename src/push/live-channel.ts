/** Our own socket's protocol beside the logout: heartbeats, silence, and the limits on what a client may send. */
import type { WebSocket } from 'ws'
import type { Clock, Timer } from '../clock.ts'
import { CLOSE_CODES } from '../protocol.ts'
import { readFrame } from './frames.ts'
import type { SessionSocket } from './session-socket.ts'

export interface LiveChannelOptions {
  socket: WebSocket
  entry: SessionSocket
  clock: Clock
  heartbeatMs: number
  maxFramesPerTenSeconds: number
}

const TEN_SECONDS_MS = 10_000

/** Frames are heard from here on; `welcome` is sent later, once the session has been admitted again. */
export function openLiveChannel (
  { socket, entry, clock, heartbeatMs, maxFramesPerTenSeconds }: LiveChannelOptions
): { welcome: () => void } {
  let heardAt = clock.monotonic()
  let frames = 0
  let countedSince = heardAt
  let timer: Timer | null = null

  function heard (): void {
    heardAt = clock.monotonic()
  }

  function flooded (): boolean {
    const now = clock.monotonic()
    if (now - countedSince > TEN_SECONDS_MS) {
      countedSince = now
      frames = 0
    }
    return ++frames > maxFramesPerTenSeconds
  }

  function beat (): void {
    if (entry.ended || socket.readyState !== socket.OPEN) return
    if (clock.monotonic() - heardAt > 2 * heartbeatMs) {
      entry.close(CLOSE_CODES.silent, 'no sign of life')
      return
    }
    entry.send({ type: 'heartbeat' })
    if (socket.readyState === socket.OPEN) socket.ping()
    timer = clock.setTimer(beat, heartbeatMs)
  }

  socket.on('pong', heard)
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    heard()
    const frame = readFrame(data, isBinary)
    if (frame.kind === 'rejected') entry.close(frame.code, frame.why)
    else if (flooded()) entry.close(CLOSE_CODES.policy, 'too many frames')
  })
  socket.on('close', () => { timer?.cancel() })

  return {
    welcome () {
      entry.send({
        type: 'welcome',
        sessionId: entry.session.id,
        heartbeatMs,
        serverTime: new Date(clock.now()).toISOString()
      })
      timer = clock.setTimer(beat, heartbeatMs)
    }
  }
}

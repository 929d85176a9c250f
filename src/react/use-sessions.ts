/** `useSessions`: the user's sessions, as the server has them, and what can be done with them. */
import { useCallback, useEffect, useRef, useState } from 'react'
import type { RevocationReport, Session } from '../protocol.ts'
import { requestSessions, type SessionsRequestOptions } from './sessions-request.ts'
import type { LiveSessionHandle } from './use-live-session.ts'

export interface UseSessionsOptions extends SessionsRequestOptions {
  /** What `useLiveSession` gave: the list is fetched again whenever it may have changed, and by its `fetch`. */
  live?: Pick<LiveSessionHandle, 'onChange'> & Partial<Pick<LiveSessionHandle, 'fetch'>> | undefined
  /** With those that have ended, 200 at most. @default false */
  includeEnded?: boolean
}

export interface SessionsHandle {
  /** Null before the first answer. */
  sessions: Session[] | null
  loading: boolean
  /** Why the list could not be fetched; null when it could. The sessions stay as they were. */
  error: Error | null
  refresh: () => Promise<void>
  /** Rejects with a `SessionsRequestError`, as the following ones do. */
  rename: (id: string, deviceName: string) => Promise<void>
  /** Resolves when no node accepts that session any more. */
  revoke: (id: string) => Promise<RevocationReport>
  revokeOthers: () => Promise<RevocationReport>
}

/**
 * @example
 * const live = useLiveSession()
 * const { sessions, revoke } = useSessions({ live })
 */
export function useSessions (options: UseSessionsOptions = {}): SessionsHandle {
  const { live, includeEnded = false, url, prefix } = options
  const latest = useRef(options)
  /** The request whose answer counts: a later one makes an earlier one's old. */
  const current = useRef<AbortController | null>(null)
  const [shown, setShown] = useState<Pick<SessionsHandle, 'sessions' | 'loading' | 'error'>>({
    sessions: null,
    loading: true,
    error: null
  })

  useEffect(() => { latest.current = options })

  const refresh = useCallback(async () => {
    current.current?.abort()
    const { signal } = current.current = new AbortController()
    setShown((before) => ({ ...before, loading: true }))
    try {
      const query = includeEnded ? '?include=ended' : ''
      const sessions = await requestSessions<Session[]>(latest.current, 'GET', query, { signal })
      if (!signal.aborted) setShown({ sessions, loading: false, error: null })
    } catch (error) {
      if (!signal.aborted) setShown((before) => ({ ...before, loading: false, error: error as Error }))
    }
  }, [includeEnded, String(url), prefix])

  useEffect(() => {
    void refresh()
    return () => { current.current?.abort() }
  }, [refresh])

  const onChange = live?.onChange
  useEffect(() => onChange?.(() => { void refresh() }), [onChange, refresh])

  const change = useCallback(async <Answer>(method: string, path: string, body?: unknown): Promise<Answer> => {
    const answer = await requestSessions<Answer>(latest.current, method, path, { body })
    await refresh()
    return answer
  }, [refresh])

  const rename = useCallback(async (id: string, deviceName: string) => {
    await change('PATCH', `/${encodeURIComponent(id)}`, { deviceName })
  }, [change])
  const revoke = useCallback((id: string) => change<RevocationReport>('DELETE', `/${encodeURIComponent(id)}`), [change])
  const revokeOthers = useCallback(() => change<RevocationReport>('DELETE', '/others'), [change])

  return { ...shown, refresh, rename, revoke, revokeOthers }
}

/** All that happened during one fault, on one monotonic clock; the checker reads it afterwards. */

export interface TestSession {
  /** Its place in the history. */
  index: number
  id: string
  userId: string
  token: string
}

/** One call that ends sessions, answered or not. */
export interface Revocation {
  kind: string
  /** The node that was asked. */
  node: number
  /** All that are over when it is answered with 200. */
  sessions: TestSession[]
  sentAt: number
  /** Infinity: never. */
  answeredAt: number
  /** 0: the connection ended, or no answer came. */
  status: number
  count: number
}

export interface SocketHistory {
  session: TestSession
  node: number
  welcomeAt: number
  /** When each `logout` came. */
  logouts: number[]
  closedAt: number
  code: number
}

/** A time in which a node, or all, may answer late, with 503, or not at all. */
export interface Impairment {
  node: number | 'all'
  from: number
  to: number
  /** Frozen: what was sent to it meanwhile was received at the end. */
  frozen: boolean
}

/** Requests to the guarded route; one row each, column by column, because there are many. */
export interface Requests {
  session: number[]
  node: number[]
  sentAt: number[]
  answeredAt: number[]
  status: number[]
}

export class History {
  readonly sessions: TestSession[] = []
  readonly requests: Requests = { session: [], node: [], sentAt: [], answeredAt: [], status: [] }
  readonly revocations: Revocation[] = []
  readonly sockets: SocketHistory[] = []
  readonly impairments: Impairment[] = []
  /** Whatever a fault found wrong by itself. */
  readonly found: string[] = []
  /** 503 without Retry-After. */
  withoutRetryAfter = 0
  crashes: string[] = []

  addSession (session: Omit<TestSession, 'index'>): TestSession {
    const added = { ...session, index: this.sessions.length }
    this.sessions.push(added)
    return added
  }

  addRequest (session: number, node: number, sentAt: number, status: number, head: string, body: string): void {
    const { requests } = this
    requests.session.push(session)
    requests.node.push(node)
    requests.sentAt.push(sentAt)
    requests.answeredAt.push(performance.now())
    requests.status.push(status)
    // Fastify's own 503 of a server that is closing has none.
    if (status === 503 && body.includes('"SESSION_') && !/retry-after:/i.test(head)) this.withoutRetryAfter++
  }

  /** Gives the function that ends it. */
  impair (node: number | 'all', frozen = false): () => void {
    const impairment = { node, from: performance.now(), to: Infinity, frozen }
    this.impairments.push(impairment)
    return () => { impairment.to = performance.now() }
  }
}

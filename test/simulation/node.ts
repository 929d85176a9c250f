/** One node: the product's own parts, introduced to each other as plugins/index.ts does it, on a simulated machine. */
import type { Refusal, Verdict } from '../../src/admission/admission.ts'
import type { EndedSession, Selection, SessionStore } from '../../src/session/session-store.ts'
import type { Database as ProductDatabase } from '../../src/session/database.ts'
import type { Renewal } from '../../src/revocation/renewal.ts'
import { EPOCH } from './database.ts'
import { createDeviceSocket, type DeviceSocket } from './device-socket.ts'
import type { Judge, Wait } from './judge.ts'
import type { Machine } from './machine.ts'
import type { MessageBus } from './message-bus.ts'
import type { NodesTable, SimulatedRenewed } from './nodes-table.ts'
import type { Protocol } from './protocol.ts'
import type { SessionsTable } from './sessions-table.ts'
import type { World } from './world.ts'

export interface NodeSettings {
  leaseMs: number
  renewalMs: number
  idleTimeoutMs: number
  activityIntervalMs: number
  maxSessions: number
  maxReads: number
}

export interface NodeOptions {
  world: World
  machine: Machine
  protocol: Protocol
  nodes: NodesTable
  sessions: SessionsTable
  bus: MessageBus
  judge: Judge
  users: ReadonlyMap<string, string>
  settings: NodeSettings
}

export type SimulatedNode = ReturnType<typeof createNode>

const DAY_MS = 86_400_000
const START_AGAIN_MS = 500
const SOCKET_LIMITS = { heartbeatMs: 25_000, maxFramesPerTenSeconds: 50 }

export function createNode ({ world, machine, protocol, nodes, sessions, bus: messageBus, judge, users, settings }: NodeOptions) {
  const { clock } = machine
  const onError = (): void => {}
  const graceMs = protocol.graceOf(settings.leaseMs)
  const store = sessions.of(machine)
  const registry = nodes.of(machine)
  const bus = messageBus.join(machine)
  const notified = protocol.createNotifiedCounts()
  let closed = false
  let reads = 0
  /** The confirmation that is beginning in this very step. */
  let beginning: Wait | null = null
  let last: SimulatedRenewed | null = null

  const sockets = protocol.createSocketRegistry({ clock, onReceipt: () => {} })
  const gate = protocol.createGate({ find: store.find, findEnd: store.findEnd, onError })
  const admission = protocol.createAdmission({
    verifyToken: (token) => {
      const sessionId = token.slice(token.indexOf(' ') + 1)
      return { userId: users.get(sessionId) ?? '', sessionId, expiresAt: EPOCH + 30 * DAY_MS, claims: {} }
    },
    find (id) {
      reads++
      return store.find(id)
    },
    async endIdle (id) {
      const ended = await store.endIdle(id)
      apply(ended)
      return ended.length > 0
    },
    leased: () => renewal.leased(),
    clock,
    idleTimeoutMs: settings.idleTimeoutMs,
    maxSessions: settings.maxSessions,
    maxReads: settings.maxReads,
    onError
  })

  function apply (ended: readonly EndedSession[]): void {
    admission.end(ended)
    for (const session of ended) notified.add(session.xid, sockets.logout(session))
  }

  const renewal: Renewal = new protocol.Renewal({
    registry: {
      ...registry,
      async renew (incarnation, cursor) {
        const renewed = await registry.renew(incarnation, cursor)
        const before = last
        last = renewed
        // After a restart of the server the node does not go by what it reads: it checks every socket by itself.
        if (before?.startedAt === renewed.startedAt) {
          world.later(0, () => { if (machine.alive && !closed) judge.renewed(machine, { since: before.snapshotAt, until: renewed.snapshotAt }) })
        }
        return renewed
      }
    },
    clock,
    leaseMs: settings.leaseMs,
    renewalMs: settings.renewalMs,
    graceMs,
    apply,
    changed: sockets.changed,
    reset () {
      admission.reset()
      for (const entry of sockets.all()) void gate.check(entry)
    },
    onError
  })
  const confirmation = new protocol.Confirmation({
    registry: {
      async others (incarnation, xids) {
        const wait = beginning
        const found = await registry.others(incarnation, xids)
        if (wait !== null) wait.begin = { at: world.now, paused: machine.pausedMs() }
        return found
      }
    },
    renewal,
    bus,
    clock,
    graceMs,
    apply,
    notified,
    onError
  })
  const activity = protocol.createActivity({ write: store.touch, intervalMs: settings.activityIntervalMs, clock, onError })

  function start (): void {
    renewal.start().catch(() => { clock.setTimer(start, START_AGAIN_MS) })
  }
  void bus.start({
    wake: (wake) => { confirmation.onWake(wake) },
    ack: (ack) => { confirmation.onAck(ack) },
    resumed: () => { renewal.renew().catch(onError) }
  }).then(start)

  const isRefusal = (verdict: Verdict): verdict is Refusal => 'error' in verdict

  /** Asks with this token and tells the judge; then, if it was let in. `receivedAt`: when the node read it from the socket. */
  async function ask (session: string, token: string, as: string): Promise<Exclude<Verdict, Refusal> | null> {
    const receivedAt = world.now
    const readsBefore = reads
    const answer = admission.admit(token)
    const now = !(answer instanceof Promise)
    if (now) judge.stats.fromMemory++
    else if (reads === readsBefore) judge.stats.joined++
    return judged(session, await answer, receivedAt, as)
  }

  function judged (session: string, verdict: Verdict, receivedAt: number, as: string): Exclude<Verdict, Refusal> | null {
    if (isRefusal(verdict)) {
      judge.refused(session, verdict.error.statusCode ?? 500, machine)
      return null
    }
    judge.admitted(session, receivedAt, as, machine)
    activity.mark(verdict, null)
    return verdict
  }

  return {
    machine,
    get running () { return machine.alive && !closed },

    /** A request; its body takes `bodyMs`, and then it is looked at again, as a request that comes at that time. */
    request (session: string, token: string, bodyMs: number | null): void {
      machine.receive(() => {
        if (closed) return
        void ask(session, token, 'request').then((record) => {
          if (record === null || bodyMs === null) return
          world.later(bodyMs, () => {
            machine.receive(() => {
              const receivedAt = world.now
              void Promise.resolve(admission.stillAdmitted(record)).then((verdict) => { judged(session, verdict, receivedAt, 'request with a body') })
            })
          })
        })
      })
    },

    /** A handshake, ours or the app's own; the hooks of the app take `hooksMs` between the first look and the registration. */
    connect (session: string, token: string, { hooksMs, silent, own, onOpen }: { hooksMs: number, silent: boolean, own: boolean, onOpen: (socket: DeviceSocket) => void }): void {
      machine.receive(() => {
        if (closed) return
        const receivedAt = world.now
        void ask(session, token, 'handshake').then((record) => {
          if (record !== null) world.later(hooksMs, () => { machine.receive(() => { register(record) }) })
        })

        function register (record: Exclude<Verdict, Refusal>): void {
          const device = createDeviceSocket({
            world,
            machine,
            session,
            silent,
            onMessage (message) {
              if (message.type === 'logout') judge.toldLogout(device, message)
              if (message.type === 'welcome') judge.admitted(session, receivedAt, 'welcome', machine)
            }
          })
          const identity = { id: record.id, userId: record.userId, expiresAt: record.expiresAt }
          const entry = own
            ? sockets.add(device.socket, identity)
            : sockets.attach(device.socket, identity, { leased: () => renewal.leased(), check: gate.check })
          if (entry === null) return
          judge.opened(device)
          onOpen(device)
          if (!own) {
            // What the app hears of its socket has been admitted.
            device.socket.on('message', (data: Buffer) => {
              const { readAt } = JSON.parse(data.toString('utf8')) as { readAt: number }
              judge.admitted(session, readAt, 'frame', machine)
            })
            void gate.check(entry)
            return
          }
          const channel = protocol.openLiveChannel({ socket: device.socket, entry, clock, ...SOCKET_LIMITS })
          void Promise.resolve(admission.stillAdmitted(record)).then((verdict) => {
            if (!isRefusal(verdict)) channel.welcome()
            else if (verdict.error.statusCode === 401) void gate.refuse(entry)
            else entry.close(1013, 'sessions can not be checked right now')
          })
        }
      })
    },

    /** Ends these sessions; or, without an end, waits until earlier ends are certain. */
    revoke (selection: Selection, concerned: readonly string[], endsThem: boolean): void {
      machine.receive(() => {
        if (closed) return
        judge.stats.revocations++
        const wait: Wait = { machine, graceMs, begin: null }
        const before = concerned.filter(judge.isEnded)
        const ending = protocol.createEnding({
          database: {} as Pick<ProductDatabase, 'sql' | 'transaction'>,
          store: store as unknown as SessionStore,
          stored: protocol.createStored(onError),
          confirm (ended) {
            beginning = wait
            const confirmed = confirmation.confirm(ended)
            beginning = null
            return confirmed
          },
          renew: () => renewal.renew()
        })
        const report = endsThem ? ending.end(selection, { reason: 'policy', by: 'system', ip: null }) : ending.confirmEnded(selection)
        report.then(() => { judge.certain(endsThem ? concerned : before, wait) }, () => { judge.stats.unconfirmed++ })
      })
    },

    /** SIGTERM, in the plugin's order. */
    close (): void {
      machine.receive(() => {
        if (closed) return
        closed = true
        sockets.close()
        confirmation.close()
        void activity.close().then(() => bus.close()).then(() => renewal.close())
      })
    }
  }
}

/** One node as the world sees it: what requests, handshakes, frames, revocations and SIGTERM do to the product's parts, told to the judge. */
import type { AdmissionResult, Rejection } from '../../../src/admission/admission-result.ts'
import { openLiveChannel } from '../../../src/push/live-channel.ts'
import { createEnding } from '../../../src/session/ending.ts'
import type { Selection } from '../../../src/session/ended-session.ts'
import type { Store } from '../../../src/session/store/store.ts'
import { createDeviceSocket, type DeviceSocket } from './device-socket.ts'
import type { Wait } from './judge.ts'
import { createNodeParts, SOCKET_LIMITS, type NodeOptions } from './node-parts.ts'

export type SimulatedNode = ReturnType<typeof createNode>

/** A handshake: whose, the app's hooks between the first look and the registration, and what the device is like. */
export interface Handshake {
  session: string
  token: string
  hooksMs: number
  /** The device never answers anything. */
  silent: boolean
  /** The library's socket; else one of the app's. */
  own: boolean
  onOpen: (socket: DeviceSocket) => void
}

type Admitted = Exclude<AdmissionResult, Rejection>

const isRejection = (result: AdmissionResult): result is Rejection => 'error' in result

export function createNode (options: NodeOptions) {
  const { world, machine, judge } = options
  const node = createNodeParts(options)
  const { store, activity, sockets, recheck, admission, lease, renewal, databaseClock, signals, graceMs, onError, started, reads, confirm } = node
  const { clock } = machine
  let closed = false

  /** Asks with this token and tells the judge; then, if it was let in. `receivedAt`: when the node read it from the socket. */
  async function ask (session: string, token: string, as: string): Promise<Admitted | null> {
    const receivedAt = world.now
    const readsBefore = reads()
    const answer = admission.admit(token)
    const now = !(answer instanceof Promise)
    if (now) judge.stats.fromMemory++
    else if (reads() === readsBefore) judge.stats.joined++
    return judged(session, await answer, receivedAt, as)
  }

  function judged (session: string, result: AdmissionResult, receivedAt: number, as: string): Admitted | null {
    if (isRejection(result)) {
      judge.refused(session, result.error.statusCode ?? 500, machine)
      return null
    }
    judge.admitted(session, receivedAt, as, machine)
    judge.shown(session, result.row.deviceName, receivedAt, machine)
    activity.mark(result, null)
    return result
  }

  /** Registered first, looked at again after: as plugins/socket/route.ts and `sessions.attach` do it. */
  function register ({ session, silent, own, onOpen }: Handshake, record: Admitted, receivedAt: number): void {
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
      : sockets.attach(device.socket, identity, { leased: () => lease.held() && databaseClock.latest() < identity.expiresAt, check: recheck.check })
    if (entry === null) return
    judge.opened(device)
    onOpen(device)
    if (!own) {
      // What the app hears of its socket has been admitted.
      device.socket.on('message', (data: Buffer) => {
        const { readAt } = JSON.parse(data.toString('utf8')) as { readAt: number }
        judge.admitted(session, readAt, 'frame', machine)
      })
      void recheck.check(entry)
      return
    }
    const channel = openLiveChannel({ socket: device.socket, entry, clock, heartbeatMs: options.settings.heartbeatMs, ...SOCKET_LIMITS })
    void Promise.resolve(admission.stillAdmitted(record)).then((result) => {
      if (!isRejection(result)) channel.welcome()
      else if (result.error.statusCode === 401) void recheck.reject(entry)
      else entry.close(1013, 'sessions can not be checked right now')
    })
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
              void Promise.resolve(admission.stillAdmitted(record)).then((result) => { judged(session, result, receivedAt, 'request with a body') })
            })
          })
        })
      })
    },

    /** A request whose work goes on for as long as its session lives. */
    follow (session: string, token: string): void {
      machine.receive(() => {
        // As handshakes: before the first renewal nothing is served.
        if (closed || !started()) return
        void ask(session, token, 'request').then((record) => {
          if (record === null || closed) return
          const signal = signals.of({ id: record.id, userId: record.userId, expiresAt: record.expiresAt })
          judge.followed({ session, machine, signal, running: () => !closed })
        })
      })
    },

    rename (session: string): void {
      machine.receive(() => { if (!closed) store.rename(session).then(() => { admission.refresh(session) }, onError) })
    },

    connect (handshake: Handshake): void {
      machine.receive(() => {
        if (closed || !started()) return
        const receivedAt = world.now
        void ask(handshake.session, handshake.token, 'handshake').then((record) => {
          if (record !== null) world.later(handshake.hooksMs, () => { machine.receive(() => { register(handshake, record, receivedAt) }) })
        })
      })
    },

    /** Ends these sessions; or, without an end, waits until earlier ends are certain. */
    revoke (selection: Selection, concerned: readonly string[], endsThem: boolean): void {
      machine.receive(() => {
        if (closed) return
        judge.stats.revocations++
        const wait: Wait = { machine, graceMs, begin: null }
        const before = concerned.filter(judge.isEnded)
        const ending = createEnding({
          store: store as unknown as Store,
          confirm: (ended, seen) => confirm(ended, seen, wait),
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
        node.stop()
        void node.close()
      })
    }
  }
}

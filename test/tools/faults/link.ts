/** A TCP proxy on one link: delays, holds bytes back one way or both, lets connections die silently, cuts them. */
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

export type Direction = 'up' | 'down' | 'both'
/** Turns one chunk into the chunks that go on. */
export type Tamper = (chunk: Buffer, forward: (chunk: Buffer) => void) => void

interface Pipe {
  flush: () => void
  dead: boolean
}

export class Link {
  readonly #server: Server
  readonly #pipes = new Set<Pipe>()
  readonly #sockets = new Set<Socket>()
  readonly #target: () => number
  #held: Direction | null = null
  /** Added to whatever comes down, in ms. */
  delayMs = 0
  /** New connections are reset. */
  refusing = false
  /** Makes what each new connection's downward bytes pass through. */
  tamper: (() => Tamper) | null = null

  private constructor (target: () => number) {
    this.#target = target
    this.#server = createServer({ allowHalfOpen: true }, (near) => { this.#connect(near) })
  }

  static async open (target: number | (() => number)): Promise<Link> {
    const link = new Link(typeof target === 'number' ? () => target : target)
    await new Promise<void>((resolve) => link.#server.listen(0, '127.0.0.1', 16_000, resolve))
    return link
  }

  get port (): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** From now on nothing goes through; nobody is told. */
  hold (direction: Direction = 'both'): void {
    this.#held = direction
  }

  /** `late`: what was held arrives now, as after lost packets. `never`: the old connections stay silent for ever, new ones work. */
  heal (held: 'late' | 'never'): void {
    this.#held = null
    for (const pipe of [...this.#pipes]) {
      if (held === 'late') pipe.flush()
      else pipe.dead = true
    }
  }

  /** Resets every connection. */
  cut (): void {
    for (const socket of [...this.#sockets]) socket.resetAndDestroy()
  }

  async close (): Promise<void> {
    this.refusing = true
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.cut()
    await closed
  }

  #connect (near: Socket): void {
    if (this.refusing) {
      near.on('error', () => {})
      near.resetAndDestroy()
      return
    }
    const far = createConnection({ port: this.#target(), host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    near.setNoDelay(true)
    for (const socket of [near, far]) {
      this.#sockets.add(socket)
      socket.once('close', () => { this.#sockets.delete(socket) })
    }
    this.#pipe(near, far, 'up', null)
    this.#pipe(far, near, 'down', this.tamper?.() ?? null)
  }

  #pipe (from: Socket, to: Socket, direction: 'up' | 'down', tamper: Tamper | null): void {
    const queue: Array<{ due: number, deliver: () => void }> = []
    let timer: NodeJS.Timeout | null = null
    const pipe: Pipe = { flush: () => { run() }, dead: false }

    const run = (): void => {
      timer = null
      while (!pipe.dead && this.#held !== direction && this.#held !== 'both') {
        const next = queue[0]
        if (next === undefined) return
        const wait = next.due - performance.now()
        if (wait > 0) {
          timer = setTimeout(run, wait)
          return
        }
        queue.shift()
        next.deliver()
      }
    }
    const add = (deliver: () => void): void => {
      if (pipe.dead) return
      const due = direction === 'down' && this.delayMs > 0 ? performance.now() + this.delayMs : 0
      queue.push({ due: Math.max(due, queue.at(-1)?.due ?? 0), deliver })
      if (timer === null) run()
    }
    const write = (chunk: Buffer): void => {
      if (to.destroyed || !to.writable) return
      if (!to.write(chunk)) from.pause()
    }
    this.#pipes.add(pipe)

    to.on('drain', () => { from.resume() })
    from.on('data', (chunk: Buffer) => { add(() => { if (tamper === null) write(chunk); else tamper(chunk, write) }) })
    from.on('end', () => { add(() => { to.end() }) })
    from.on('error', () => { add(() => { to.resetAndDestroy() }) })
    from.on('close', () => {
      add(() => { if (!to.writableEnded) to.destroy() })
      if (pipe.dead) to.destroy()
    })
    to.on('close', () => { this.#pipes.delete(pipe) })
  }
}

/** What a fault is: a name, what it does to the scene, and what its nodes are given. */
import type { Scene } from './scene.ts'

export interface Fault {
  name: string
  title: string
  /** Whether the nodes are given a Redis. @default true */
  redis?: boolean
  /** Requests per second at each node and revocations per second, where the usual ones would not fit. */
  load?: { requests?: number, revocations?: number }
  /** The nodes are not expected to heal by themselves within seconds, or there is nothing to heal. */
  run: (scene: Scene) => Promise<void>
}

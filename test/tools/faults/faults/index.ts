/** All faults, in the order in which they run. */
import type { Fault } from '../fault.ts'
import { messageFaults } from './messages.ts'
import { peerFaults } from './peers.ts'
import { postgresFaults } from './postgres.ts'
import { processFaults } from './processes.ts'
import { raceFaults } from './races.ts'
import { redisFaults } from './redis.ts'
import { soakFaults } from './soak.ts'

export const faults: Fault[] = [...redisFaults, ...messageFaults, ...postgresFaults, ...processFaults, ...peerFaults, ...raceFaults, ...soakFaults]

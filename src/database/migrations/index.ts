/**
 * The migrations in order. A published one is never edited: a change is a new one. Each finds its work done without
 * complaint (`if not exists`, `or replace`): they all run again where an app's own tools have dropped something, or
 * made the tables themselves.
 * Nodes run through it with the rights of before: a trigger that writes to a new table does so with its owner's.
 */
import { MIGRATION_NAMES } from './names.ts'
import { initial } from './migration-20261123-initial.ts'
import { addresses } from './migration-20261128-addresses.ts'
import { devices } from './migration-20261128-devices.ts'
import { lists } from './migration-20261128-lists.ts'
import { reasons } from './migration-20261128-reasons.ts'
import { networks } from './migration-20261128-networks.ts'
import { notices } from './migration-20261128-notices.ts'
import { endedBy } from './migration-20261128-ended-by.ts'

/** A migration's statements, for tables in this schema. */
export interface Migration {
  name: string
  statements: (schema: string) => Iterable<string>
}

export const migrations: readonly Migration[] = [
  { name: MIGRATION_NAMES[0], statements: initial },
  { name: MIGRATION_NAMES[1], statements: addresses },
  { name: MIGRATION_NAMES[2], statements: lists },
  { name: MIGRATION_NAMES[3], statements: reasons },
  { name: MIGRATION_NAMES[4], statements: devices },
  { name: MIGRATION_NAMES[5], statements: notices },
  { name: MIGRATION_NAMES[6], statements: networks },
  { name: MIGRATION_NAMES[7], statements: endedBy }
]

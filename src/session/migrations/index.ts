/**
 * The migrations in order. A published one is never edited: a change is a new one. Each finds its work done without complaint
 * (`if not exists`, `or replace`): they all run again where an app's own tools have dropped something, or made the tables themselves.
 * Nodes run through it with the rights of before: a trigger that writes to a new table does so with its owner's.
 */
import { MIGRATION_NAMES } from './names.ts'
import { Migration20261123Initial } from './migration-20261123-initial.ts'
import { Migration20261128Addresses } from './migration-20261128-addresses.ts'
import { Migration20261128Lists } from './migration-20261128-lists.ts'

export const migrations = [
  { name: MIGRATION_NAMES[0], class: Migration20261123Initial },
  { name: MIGRATION_NAMES[1], class: Migration20261128Addresses },
  { name: MIGRATION_NAMES[2], class: Migration20261128Lists }
]

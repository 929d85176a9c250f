/** The migrations in order. A published one is never edited: a change is a new one. */
import { Migration20261123Initial } from './migration-20261123-initial.ts'

export const migrations = [
  { name: 'Migration20261123Initial', class: Migration20261123Initial }
]

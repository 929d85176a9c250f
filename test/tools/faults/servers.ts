/** PostgreSQL and Redis of this run's own: durable, with commit times kept, and a migrated template to clone databases from. */
import { randomUUID } from 'node:crypto'
import { migrate } from '../../../src/database/migrate.ts'
import { startPostgresServer } from '../../helpers/postgres-server.ts'
import type { PrivateServer } from '../../helpers/private-server.ts'
import { startRedisServer } from '../../helpers/redis-server.ts'
import { runOn, withClient } from '../../helpers/test-databases.ts'

export interface Servers {
  postgres: PrivateServer
  redis: PrivateServer
  /** Version and durability, for the document. */
  facts: string
  /** A migrated database; its URL. */
  createDatabase: () => Promise<string>
  remove: () => Promise<void>
}

const TEMPLATE = 'faults_template'

export async function startServers (): Promise<Servers> {
  const [postgres, redis] = await Promise.all([startPostgresServer(), startRedisServer()])
  if (postgres === null || redis === null) throw new Error('The faults need the binaries of PostgreSQL and Redis on this machine: they kill and freeze servers of their own.')
  await runOn(postgres.url, 'alter system set track_commit_timestamp = on')
  await postgres.stop()
  await postgres.start()
  await runOn(postgres.url, `create database ${TEMPLATE}`)
  await migrate({ url: at(postgres.url, TEMPLATE) })

  let facts = ''
  await withClient(postgres.url, async (client) => {
    const { rows: [row] } = await client.query<{ version: string, fsync: string, commit: string }>(
      'select current_setting(\'server_version\') as version, current_setting(\'fsync\') as fsync, current_setting(\'synchronous_commit\') as commit')
    if (row?.fsync !== 'on' || row.commit !== 'on') throw new Error('PostgreSQL must run with fsync and synchronous_commit on')
    facts = `PostgreSQL ${row.version.split(' ')[0] ?? ''} with fsync and synchronous_commit on`
  })

  return {
    postgres,
    redis,
    facts,
    async createDatabase () {
      const name = `faults_${randomUUID().replaceAll('-', '')}`
      await runOn(postgres.url, `create database ${name} template ${TEMPLATE}`)
      return at(postgres.url, name)
    },
    async remove () {
      await Promise.all([postgres.remove(), redis.remove()])
    }
  }
}

function at (server: string, database: string): string {
  const url = new URL(server)
  url.pathname = `/${database}`
  return url.href
}

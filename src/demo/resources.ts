/** What the app needs before it can be built: accounts, a database, a secret. */
import { randomBytes } from 'node:crypto'
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { createAccounts } from './accounts.ts'
import { ConfigError, IN_MEMORY, type DemoConfig } from './config.ts'
import { openDataDir } from './data-dir.ts'
import type { Resources } from './plugin-options.ts'
import { createSettings, keepInFolder, keepInMemory, keepInTable } from './settings.ts'
import type { Shutdown } from './shutdown.ts'

export async function openResources (
  config: DemoConfig,
  shutdown: Shutdown,
  progress: (text: string) => void
): Promise<Resources> {
  for (const file of config.geoipDatabases) checkReadable('GEOIP_DATABASE', file)
  const accounts = createAccounts(config)
  if (config.databaseUrl !== undefined) {
    const keeper = keepInTable(config.databaseUrl)
    shutdown.onEnd(keeper.close)
    return {
      accounts,
      secret: config.jwtSecret ?? '',
      database: { url: config.databaseUrl },
      settings: createSettings(keeper)
    }
  }
  const place = config.dataDir === IN_MEMORY ? undefined : openDataDir(config.dataDir)
  if (place !== undefined) shutdown.onEnd(place.release)
  const secret = config.jwtSecret ?? place?.secret() ?? randomBytes(48).toString('base64url')

  progress(`opening the embedded database in ${place?.path ?? 'memory'}; the first start takes a few seconds`)
  const { startTestDatabase } = await import('fastify-live-sessions/testing')
  const embedded = await startTestDatabase(place === undefined ? {} : { dataDir: join(place.path, 'postgres') })
  shutdown.onEnd(embedded.stop)
  const keeper = place === undefined ? keepInMemory() : keepInFolder(place.path)
  return { accounts, secret, database: embedded.options, settings: createSettings(keeper) }
}

function checkReadable (variable: string, path: string): void {
  try {
    accessSync(path, constants.R_OK)
  } catch {
    throw new ConfigError(variable, `names a file that can not be read (${path}); give the path of an .mmdb file`)
  }
}

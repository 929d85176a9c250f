/** The demo's accounts: who may log in, with the password that the README prints. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

export const DEMO_PASSWORD = 'correct horse battery staple'
export const ADMIN_ID = 'admin-1'

export interface Account {
  id: string
  email: string
}

export const DEMO_ACCOUNTS: readonly Account[] = [
  { id: 'user-1', email: 'user@example.com' },
  { id: 'user-2', email: 'second@example.com' },
  { id: ADMIN_ID, email: 'admin@example.com' }
]

export interface Accounts {
  /** The account, or null: unknown address or wrong password, after the same work. */
  verify: (email: string, password: string) => Promise<Account | null>
  /** The account of a signed-in user. */
  find: (id: string) => Account
}

const hash = promisify<string, Buffer, number, Buffer>(scrypt)
const HASH_BYTES = 32
const MAX_PASSWORD_LENGTH = 1_024
const EMAIL = /^[^\s@\p{C}]{1,64}@[^\s@\p{C}]{1,190}$/u

/** With `openLogin` every address logs in with the demo password, and is its own id. */
export async function createAccounts ({ openLogin }: { openLogin: boolean }): Promise<Accounts> {
  const stored = new Map<string, { account: Account, salt: Buffer, digest: Buffer }>()
  for (const account of DEMO_ACCOUNTS) stored.set(account.email, { account, ...await protect(DEMO_PASSWORD) })
  // An unknown address is compared with this, so that it takes as long as a known one.
  const nobody = await protect(openLogin ? DEMO_PASSWORD : randomBytes(HASH_BYTES).toString('hex'))

  return {
    async verify (email, password) {
      const address = email.trim().toLowerCase()
      const known = stored.get(address)
      const { salt, digest } = known ?? nobody
      const candidate = await hash(password.slice(0, MAX_PASSWORD_LENGTH), salt, HASH_BYTES)
      if (!timingSafeEqual(candidate, digest) || password.length > MAX_PASSWORD_LENGTH) return null
      if (known !== undefined) return known.account
      return openLogin && EMAIL.test(address) ? { id: address, email: address } : null
    },
    find: (id) => DEMO_ACCOUNTS.find((account) => account.id === id) ?? { id, email: id }
  }
}

async function protect (password: string): Promise<{ salt: Buffer, digest: Buffer }> {
  const salt = randomBytes(16)
  return { salt, digest: await hash(password, salt, HASH_BYTES) }
}

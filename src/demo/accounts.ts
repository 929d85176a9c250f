/** The demo's accounts: who may log in, with the password that the README prints. */
import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'
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
  /** Whether this is the password of a signed-in user; false after the same work. */
  confirm: (id: string, password: unknown) => Promise<boolean>
  /** The account of a signed-in user. */
  find: (id: string) => Account
  /** A demo account by its address. */
  findByEmail: (email: string) => Account | undefined
}

interface Protected {
  salt: Buffer
  digest: Buffer
  /** Of scrypt: what it costs to try a password. */
  cost: number
}

const hash = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)
/** What Node.js takes by itself. */
const COST = 16_384
/** Open login guards nothing: its one password is in the README. A crowd may come in at a sixteenth of the work. */
const OPEN_COST = 1_024
const SALT_BYTES = 16
const HASH_BYTES = 32
const MAX_PASSWORD_LENGTH = 1_024
const EMAIL = /^[^\s@\p{C}]{1,64}@[^\s@\p{C}]{1,190}$/u

/**
 * The demo's password as a table of users would keep it, one line an account: a salt, and
 * `scrypt(DEMO_PASSWORD, salt, 32, { cost })`, in base64url.
 */
const OF_ACCOUNTS = [
  'VEa8CcSyv9w_bBh9Qp_p9w WA3gp6gVmmQn8920yTbxSzsz-IaacSnY7mdD7j3JOw8',
  'NL1OGLMsq8utb-dMrbVTpA LBS39G5UpKq73zj9guocWc6Q35puN4kYiwBjrD6AxDU',
  '1cLmW3oeAj2_3D8iZKnyBw M2Ln9geE9LO6sMwH3sjnyY4VMLZ5kekFRkT_l9O_Vfc'
].map((line) => readProtected(line, COST))
const OF_OPEN_LOGIN = readProtected('xUL77SQQ_h3h_msx_4mAjw yiIVZRuov-0DpLEQKO3pqpNtz756Kiz32czaJHDfcao', OPEN_COST)

/** With `openLogin` every address logs in with the demo password, and is its own id. */
export function createAccounts ({ openLogin }: { openLogin: boolean }): Accounts {
  const stored = DEMO_ACCOUNTS.map((account, index) => ({ account, ...OF_ACCOUNTS[index] as Protected }))
  // Other addresses are compared with this. Where they are unknown, that takes as long as for a known one; a random
  // digest is nobody's.
  const others = openLogin
    ? OF_OPEN_LOGIN
    : { salt: randomBytes(SALT_BYTES), digest: randomBytes(HASH_BYTES), cost: COST }

  return {
    async verify (email, password) {
      const address = email.trim().toLowerCase()
      const known = stored.find(({ account }) => account.email === address)
      if (!await matches(password, known ?? others)) return null
      if (known !== undefined) return known.account
      return openLogin && EMAIL.test(address) ? { id: address, email: address } : null
    },
    async confirm (id, password) {
      const known = stored.find(({ account }) => account.id === id)
      const right = await matches(password, known ?? others)
      return right && (known !== undefined || (openLogin && EMAIL.test(id)))
    },
    findByEmail: (email) => DEMO_ACCOUNTS.find((account) => account.email === email.trim().toLowerCase()),
    find: (id) => DEMO_ACCOUNTS.find((account) => account.id === id) ?? { id, email: id }
  }
}

/** Anything but a text is compared as an empty one, which is nobody's password. */
async function matches (password: unknown, { salt, digest, cost }: Protected): Promise<boolean> {
  const text = typeof password === 'string' ? password : ''
  const candidate = await hash(text.slice(0, MAX_PASSWORD_LENGTH), salt, HASH_BYTES, { cost })
  return timingSafeEqual(candidate, digest) && text.length <= MAX_PASSWORD_LENGTH
}

function readProtected (line: string, cost: number): Protected {
  const [salt = '', digest = ''] = line.split(' ')
  return { salt: Buffer.from(salt, 'base64url'), digest: Buffer.from(digest, 'base64url'), cost }
}

/** The process that is measured: one subject, which says over IPC where it listens, what to send, and what CPU it has used. */
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { startClient } from './client.ts'
import { isSubjectName, SUBJECTS } from './subjects.ts'
import { userName, type Surroundings } from './subject.ts'

/** How many users sign in. */
const USERS = 100

export interface Ready {
  port: number
  /** One header line for each user. */
  credentials: string[]
}

const [name = '', surroundings = '{}', profile] = process.argv.slice(2)
if (!isSubjectName(name)) throw new Error(`no subject ${name}`)

const build = await SUBJECTS[name].load()
const { app, signIn, close } = await build(JSON.parse(surroundings) as Surroundings)
const address = await app.listen({ port: 0, host: '127.0.0.1' })
const client = startClient()
const credentials = await signIn(address, Array.from({ length: USERS }, (_, index) => userName(index)), client)
await client.close()
process.send?.({ port: Number(new URL(address).port), credentials } satisfies Ready)

process.on('message', (message) => {
  if (message === 'cpu') process.send?.(process.cpuUsage())
  else if (message === 'warm') void beginProfile().then(() => process.send?.(null))
  else void stop()
})

const profiler = new Session()

/** What is profiled is the measurement, not the start. */
async function beginProfile (): Promise<void> {
  if (profile === undefined) return
  profiler.connect()
  await profiler.post('Profiler.enable')
  await profiler.post('Profiler.start')
}

async function stop (): Promise<void> {
  if (profile !== undefined) writeFileSync(profile, JSON.stringify((await profiler.post('Profiler.stop')).profile))
  await app.close()
  await close?.()
  process.disconnect()
}

/** One node of the demo, as a process: reads the environment, starts, says so, and ends when it is told to. */
import type { FastifyInstance } from 'fastify'
import { DEMO_ACCOUNTS, DEMO_PASSWORD } from './accounts.ts'
import { readConfig, type DemoConfig } from './config.ts'
import { createShutdown } from './shutdown.ts'
import { startProblem } from './start-problem.ts'

const shutdown = createShutdown((code) => { process.exit(code) })
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => { shutdown.end(0) })

let config: DemoConfig | undefined
try {
  config = readConfig(process.env)
  announce(await start(config))
} catch (error) {
  // A start that is called off fails as well; that is no news.
  if (!shutdown.begun) process.stderr.write(`fastify-live-sessions demo: ${startProblem(error, config)}\n`)
  shutdown.end(1)
}

/** Loads the app only now: a bad variable needs no second of waiting. */
async function start (config: DemoConfig): Promise<FastifyInstance> {
  const [{ buildApp }, { openResources }] = await Promise.all([import('./app.ts'), import('./resources.ts')])
  const resources = await openResources(config, shutdown, say)
  const app = await buildApp(config, resources)
  shutdown.onEnd(() => app.close(), () => { app.server.closeAllConnections() })
  await app.listen({ host: config.host, port: config.port })
  return app
}

/** The ready line is written whatever LOG_LEVEL says: scripts wait for it. */
function announce (app: FastifyInstance): void {
  const address = app.listeningOrigin
  process.stdout.write(JSON.stringify({ time: Date.now(), pid: process.pid, msg: 'ready', address }) + '\n')
  say(
    `open ${address} in two browsers (or one and a private window); sign in as ${
      DEMO_ACCOUNTS.map(({ email }) => email).join(', ')
    }; password: ${DEMO_PASSWORD}`
  )
}

/** For a person in a terminal as words, for a program as one more JSON line. */
function say (text: string): void {
  process.stdout.write(
    process.stdout.isTTY ? `\n  ${text}\n\n` : JSON.stringify({ time: Date.now(), pid: process.pid, msg: text }) + '\n'
  )
}

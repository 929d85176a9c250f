/** Fastify alone: it knows nobody, and looks at no credentials. */
import Fastify from 'fastify'
import { userName, type BuildSubject, type Greeting } from '../subject.ts'

export const bare: BuildSubject = async () => {
  const app = Fastify()
  app.get('/', async (): Promise<Greeting> => ({ user: userName(0) }))
  return { app, signIn: async (_address, names) => names.map(() => '') }
}

/** The same, but each request carries a token as long as the plugin's. */
export const bareWithHeader: BuildSubject = async (surroundings) => {
  const subject = await bare(surroundings)
  return { ...subject, signIn: async (_address, names) => names.map((name) => `Authorization: Bearer ${name.padEnd(TOKEN_LENGTH, 'x')}`) }
}

const TOKEN_LENGTH = 380

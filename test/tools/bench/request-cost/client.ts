/** Who signs in, on a thread of its own: a client within the measured thread would leave V8 with what it learned of the client's sockets and streams. */
import { once } from 'node:events'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'

export interface Answer {
  status: number
  /** As it came. */
  body: string
  /** `name=value` of each cookie that was set. */
  cookies: string[]
}

export interface Client {
  /** Sends a JSON body to this URL. */
  post: (url: string, body: unknown) => Promise<Answer>
  close: () => Promise<void>
}

interface Question {
  url: string
  body: unknown
}

export function startClient (): Client {
  const worker = new Worker(new URL(import.meta.url))
  return {
    async post (url, body) {
      worker.postMessage({ url, body } satisfies Question)
      const [answer] = await once(worker, 'message') as [Answer]
      if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${answer.body}`)
      return answer
    },
    close: async () => { await worker.terminate() }
  }
}

if (!isMainThread) {
  parentPort?.on('message', ({ url, body }: Question) => {
    void ask(url, body).then((answer) => { parentPort?.postMessage(answer) })
  })
}

async function ask (url: string, body: unknown): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: new URL(url).origin },
      body: JSON.stringify(body)
    })
    return {
      status: response.status,
      body: await response.text(),
      cookies: response.headers.getSetCookie().map((line) => line.split(';', 1)[0] as string)
    }
  } catch (error) {
    return { status: 0, body: String(error), cookies: [] }
  }
}

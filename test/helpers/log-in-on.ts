/** Logins of devices of different kinds. */
import type { LoginAnswer } from '../../src/protocol.ts'
import { PASSWORD } from './app.ts'
import { ask, openSocket, type Device } from './device.ts'

const USER_AGENTS = {
  phone: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1',
  laptop: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  app: 'Shop/3.1 (Android 14)'
} as const

export interface DeviceHints {
  userId?: string
  clientId?: string
  /** The client's own id of its device. */
  deviceId?: string
}

export async function logInOn (address: string, kind: keyof typeof USER_AGENTS, { userId = 'user@example.com', clientId, deviceId }: DeviceHints = {}): Promise<Device> {
  const device = { ...(clientId === undefined ? {} : { clientId }), ...(deviceId === undefined ? {} : { id: deviceId }) }
  const { status, body } = await ask<LoginAnswer>(address, 'POST', '/api/auth/login', {
    headers: { 'user-agent': USER_AGENTS[kind] },
    body: { email: userId, password: PASSWORD, device }
  })
  if (status !== 200 || body.token === undefined) throw new Error(`login: ${status} ${JSON.stringify(body)}`)
  const { token } = body
  return {
    userId,
    id: body.session.id,
    token,
    ask: (method, path, { at = address, ...options } = {}) => ask(at, method, path, { token, ...options }),
    connect: async (at = address) => {
      const socket = openSocket(at, ['live-sessions.v1', `bearer.${token}`])
      await socket.next('welcome')
      return socket
    }
  }
}

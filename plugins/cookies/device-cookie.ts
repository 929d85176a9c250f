/**
 * The device's cookie, by which a device is known again. It opens nothing. Its id is one that this server issued for
 * one user; what follows the dot says for which account it signed in, so that the device is known before anybody has
 * looked whose account that is.
 */
import type { FastifyRequest } from 'fastify'
import type { DeviceIds } from '../../src/device/device-id.ts'
import { optionalId } from '../../src/session/login-input.ts'
import { cookieValues } from './cookie-header.ts'

export interface DeviceCookie {
  name: string
  /**
   * The device of this login. What the client says in the body, next to the password, is its own affair, and stays. Of
   * the cookie, which anybody may have planted, only an id that this server issued for this very user counts; else it
   * is a new one, which is noted on the request, for `toSet`.
   */
  deviceOf: (
    request: FastifyRequest, login: { given: string | undefined, userId: string }
  ) => { id: string, isNew: boolean }
  /** The device that signed in to this account before; null when the request shows none. */
  knownFor: (request: FastifyRequest, account: string) => string | null
  /**
   * The cookie of the device that `deviceOf` found or made; null when the browser has it already. With the account that
   * was typed into the library's own login; an app's own way to sign in has none that anybody could guess at here.
   */
  toSet: (request: FastifyRequest, account: string | null) => string | null
}

const kDeviceId = Symbol.for('fastify-live-sessions.device-id')

declare module 'fastify' {
  interface FastifyRequest {
    [kDeviceId]?: string
  }
}

export function createDeviceCookie (sessionCookieName: string, deviceIds: DeviceIds): DeviceCookie {
  const name = `${sessionCookieName}-device`
  // Several of that name: one of them may be planted, and the browser's own is among them.
  const valuesOf = ({ headers }: FastifyRequest): string[] => cookieValues(headers.cookie, name)

  return {
    name,

    deviceOf (request, { given, userId }) {
      const said = optionalId(given)
      if (said !== null) return { id: said, isNew: false }
      const known = valuesOf(request).map(idIn).find((id) => deviceIds.isOurs(id, userId))
      const id = known ?? deviceIds.issue(userId)
      request[kDeviceId] = id
      return { id, isNew: known === undefined }
    },

    knownFor (request, account) {
      const known = valuesOf(request).find((value) => {
        const id = idIn(value)
        return deviceIds.signedInTo(id, account, value.slice(id.length + 1))
      })
      return known === undefined ? null : idIn(known)
    },

    toSet (request, account) {
      const id = request[kDeviceId]
      if (id === undefined) return null
      const has = valuesOf(request)
      if (account === null) return has.some((value) => idIn(value) === id) ? null : id
      const value = `${id}.${deviceIds.signIn(id, account)}`
      return has.includes(value) ? null : value
    }
  }
}

function idIn (value: string): string {
  return value.split('.', 1)[0] ?? ''
}

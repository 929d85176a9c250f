// The published routes, and their errors in words.

/** An answer that is not 2xx, or none at all (`status` 0). */
export class ApiError extends Error {
  constructor (status, body, retryAfter) {
    super(explain(status, body, retryAfter))
    this.status = status
    this.code = body?.code
    this.reason = body?.reason
    /** Whether trying again later may help. */
    this.passing = status === 0 || status === 429 || status >= 500
  }

  /** Whether the session is over, or there never was one. */
  get signedOut () {
    return this.status === 401 && this.code !== 'INVALID_CREDENTIALS'
  }
}

/** `request('DELETE', '/api/sessions/others')`; throws an ApiError. */
export async function request (method, path, body) {
  let response
  try {
    response = await window.fetch(path, {
      method,
      credentials: 'same-origin',
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    })
  } catch {
    throw new ApiError(0)
  }
  const answer = await response.json().catch(() => undefined)
  if (!response.ok) throw new ApiError(response.status, answer, response.headers.get('retry-after'))
  return answer
}

function explain (status, body, retryAfter) {
  if (status === 0) return 'The server can not be reached. Is the network gone?'
  if (status === 429) return `Too many tries. Please wait ${seconds(retryAfter)} and try again.`
  if (body?.code === 'SESSION_REVOCATION_UNCONFIRMED') return 'Logged out, but not every server has confirmed it yet. Trying again is safe.'
  if (status === 503) return `The server can not check sessions right now. Please try again in ${seconds(retryAfter)}.`
  if (body?.code === 'SESSION_ORIGIN_FORBIDDEN') return 'The server refused this page, because it comes from another address than expected.'
  if (status === 403) return 'You are not allowed to do this.'
  if (status >= 500) return 'Something went wrong on the server. Please try again.'
  return body?.message ?? `The server answered ${status}.`
}

function seconds (retryAfter) {
  const count = Number(retryAfter)
  if (!(count > 0)) return 'a moment'
  return count === 1 ? 'a second' : count < 120 ? `${count} seconds` : `${Math.ceil(count / 60)} minutes`
}

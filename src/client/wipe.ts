/** Erases what a browser keeps for this origin: for `onWipe`. */

/**
 * Caches, databases, local and session storage, and service workers: all of the origin's, also what other apps keep
 * there. Rejects when something could not be erased (the rest is erased nevertheless), so that the server hears of no
 * wipe that was none. Cookies that scripts cannot see are the server's to take.
 */
export async function wipeOrigin (): Promise<void> {
  const erased = await Promise.allSettled([
    (async () => { localStorage.clear() })(),
    (async () => { sessionStorage.clear() })(),
    eraseCaches(),
    eraseDatabases(),
    unregisterServiceWorkers()
  ])
  for (const one of erased) if (one.status === 'rejected') throw one.reason
}

async function eraseCaches (): Promise<void> {
  // not there in plain HTTP
  if (!('caches' in globalThis)) return
  await Promise.all((await caches.keys()).map((name) => caches.delete(name)))
}

/** A database that some tab has open is erased when that tab closes it. */
async function eraseDatabases (): Promise<void> {
  const found = await indexedDB.databases()
  await Promise.all(found.map(({ name }) => new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name as string)
    request.onsuccess = () => { resolve() }
    request.onerror = () => { reject(request.error ?? new Error(`the database ${name} was not erased`)) }
  })))
}

async function unregisterServiceWorkers (): Promise<void> {
  const all = await navigator.serviceWorker?.getRegistrations() ?? []
  await Promise.all(all.map((registration) => registration.unregister()))
}

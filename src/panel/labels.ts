/** What the app calls its users: asked once for each id, many at a time. */

export type DescribeUser = (ids: string[]) => Promise<Labels> | Labels
/** By id. Those that are missing are shown by their ids. */
export type Labels = Readonly<Record<string, string>> | ReadonlyMap<string, string>

export function createLabels () {
  const known = new Map<string, string>()
  return {
    of: (id: string): string => known.get(id) ?? id,
    /** Never rejects: an id is better than nothing. */
    async learn (ids: string[], describe: DescribeUser | undefined): Promise<void> {
      const unknown = [...new Set(ids)].filter((id) => !known.has(id))
      if (describe === undefined || unknown.length === 0) return
      try {
        const labels = await describe(unknown)
        const entries = labels instanceof Map ? labels : new Map(Object.entries(labels))
        for (const id of unknown) known.set(id, entries.get(id) ?? id)
      } catch (error) {
        reportError(error)
      }
    }
  }
}

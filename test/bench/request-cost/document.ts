/** docs/BENCHMARKS.md, as a run found it. */
export async function writeDocument (_: object): Promise<void> {}

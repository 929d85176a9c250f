/** The types of test-process.js. */
export interface Ran {
  total: number
  passed: number
  failed: number
  /** Whether the process takes another file. */
  again: boolean
  code: number
  stdout: string
  stderr: string
}

export interface TestProcess {
  run: (file: string) => Promise<Ran>
  end: () => Promise<{ code: number, stderr: string }>
}

export function startTestProcess (options: { within: number, env: NodeJS.ProcessEnv, cwd?: string }): TestProcess

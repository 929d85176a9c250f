/** How a command ends badly: called wrongly (2), or failed (1) with one line and its remedy. */

/** Called wrongly: exit code 2, with the usage. */
export class Misuse extends Error {}

/** Failed: exit code 1. */
export class Failure extends Error {
  readonly remedy: string | null

  constructor (message: string, remedy: string | null, options?: ErrorOptions) {
    super(message, options)
    this.remedy = remedy
  }
}

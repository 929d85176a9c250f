/** The types of tap-output.js. */
export function readFile (file: string, output: string): { text: string, stray: number }
export function findSkips (file: string, text: string): string[]
export function findFailures (file: string, text: string): string[]
export function listTitles (text: string): string[]

/** The heading of what `npm run bench:browser` writes into docs/LATENCY.md, and `npm run bench:logout` leaves alone. */
export const BROWSER_SECTION = '## In a browser'

/** What opens on a click in both panels. */
export { ask } from './dialog.ts'
export { askPassword } from './password.ts'
export { OPENED_STYLE } from './style-opened.ts'

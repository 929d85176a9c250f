/** What opens on a click in the panel: one module, fetched once the list has been asked for. */
export * from './opened.ts'
export { describe } from './details.ts'
export { createHistory } from './history.ts'
export { editName } from './rename.ts'
export { openedEn as en } from './texts/opened-en.ts'

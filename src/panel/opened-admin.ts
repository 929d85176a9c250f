/** What opens on a click in the administrators' panel: one module, fetched once the list has been asked for. */
export * from './opened.ts'
export { endMany } from './end-many.ts'
export { describeWithEvents } from './events.ts'
export { createFilterForm } from './filter-form.ts'
export { openedAdminEn as en } from './texts/opened-admin-en.ts'

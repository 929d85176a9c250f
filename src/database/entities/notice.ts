/** A notice: written in the transaction that it is about, sent afterwards by one node; and what its link did. */
import { defineEntity, p } from '@mikro-orm/core'
import type { NoticeContent } from '../../notice-types.ts'
import { tableIn } from '../sql.ts'
import { OUR_OWN } from '../tables.ts'

export const LiveSessionNoticeEntity = defineEntity({
  name: 'LiveSessionNotice',
  tableName: 'live_session_notice',
  schema: OUR_OWN,
  indexes: [
    // What is to be sent; partial, so that what is done costs nothing.
    {
      name: 'live_session_notice_due',
      expression: ({ schema, name }) =>
        `create index "live_session_notice_due" on ${tableIn(schema, name)} ("due_at") where "due_at" is not null`
    },
    { name: 'live_session_notice_user', properties: ['userId', 'createdAt'] },
    { name: 'live_session_notice_session', properties: ['sessionId'] },
    { name: 'live_session_notice_created', properties: ['createdAt'] }
  ],
  properties: {
    id: p.uuid().primary().defaultRaw('gen_random_uuid()'),
    /** `new_device`, `suspicious`, `password_changed`, `sessions_ended`. */
    kind: p.text(),
    userId: p.text(),
    sessionId: p.uuid().nullable(),
    deviceId: p.text().nullable(),
    content: p.json<NoticeContent>(),
    createdAt: p.datetime().defaultRaw('now()'),
    /** When to try next; null: nothing is left to be sent. */
    dueAt: p.datetime().nullable(),
    attempts: p.integer().default(0),
    mailedAt: p.datetime().nullable(),
    /** By the app's own channel. */
    sentAt: p.datetime().nullable(),
    /** `sent`, `spared`, `limited`, `given_up`; null while it is due, or where nothing is sent at all. */
    outcome: p.text().nullable(),
    /** What went wrong last. */
    error: p.text().nullable(),
    /** Somebody pressed "This wasn't me". */
    reportedAt: p.datetime().nullable(),
    othersEndedAt: p.datetime().nullable()
  }
})

/** Each route, described: what it takes, what it answers. The OpenAPI document is made of this. */
import {
  AdminPageAnswer, AdminSessionAnswer, LoginAnswer, Problem, ReauthenticateAnswer, ReportAnswer, ReportOrDryRunAnswer,
  SessionAnswer, SessionDetailAnswer, SessionListAnswer
} from './answers.ts'
import { SIGNED_IN } from './openapi.ts'
import { AdminGetQuery, AdminRevokeBody, AdminSearchQuery, ListQuery, LoginBody, ReauthenticateBody, RenameBody, RevokeUserQuery, SessionParams, SocketQuery, UserParams } from './schemas.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const signedIn = { security: SIGNED_IN }
const own = { ...signedIn, tags: ['sessions'] }
const admin = { ...signedIn, tags: ['administration'] }
const auth = { tags: ['authentication'] }

export const routeSchemas = {
  login: { ...auth, summary: 'Log in: a new session', body: LoginBody, response: { 200: LoginAnswer, ...problems } },
  logout: { ...auth, ...signedIn, summary: 'Log out: end the current session', response: { 200: ReportAnswer, ...problems } },
  reauthenticate: { ...auth, ...signedIn, summary: 'Confirm the password, for step-up', body: ReauthenticateBody, response: { 200: ReauthenticateAnswer, ...problems } },

  list: { ...own, summary: 'Your sessions, latest activity first', querystring: ListQuery, response: { 200: SessionListAnswer, ...problems } },
  current: { ...own, summary: 'The current session: am I still signed in?', response: { 200: SessionAnswer, ...problems } },
  get: { ...own, summary: 'One of your sessions, with its last addresses', params: SessionParams, response: { 200: SessionDetailAnswer, ...problems } },
  rename: { ...own, summary: 'Give a device another name', params: SessionParams, body: RenameBody, response: { 200: SessionAnswer, ...problems } },
  revokeOthers: { ...own, summary: 'End all your other sessions', response: { 200: ReportAnswer, ...problems } },
  revokeAll: { ...own, summary: 'End all your sessions, this one included', response: { 200: ReportAnswer, ...problems } },
  revoke: { ...own, summary: 'End one of your sessions', params: SessionParams, response: { 200: ReportAnswer, ...problems } },
  socket: { ...own, summary: 'The WebSocket (subprotocol live-sessions.v1); see PROTOCOL.md', querystring: SocketQuery, response: { 101: { type: 'null', description: 'switching to WebSocket' }, ...problems } },

  adminSearch: { ...admin, summary: "Everybody's sessions, newest first", querystring: AdminSearchQuery, response: { 200: AdminPageAnswer, ...problems } },
  adminGet: { ...admin, summary: 'A session, its user and its events', params: SessionParams, querystring: AdminGetQuery, response: { 200: AdminSessionAnswer, ...problems } },
  adminRevoke: { ...admin, summary: "End anybody's session", params: SessionParams, response: { 200: ReportAnswer, ...problems } },
  adminRevokeUser: { ...admin, summary: 'End all sessions of a user', params: UserParams, querystring: RevokeUserQuery, response: { 200: ReportAnswer, ...problems } },
  adminRevokeWhere: { ...admin, summary: 'End all sessions that match a filter, or count them', body: AdminRevokeBody, response: { 200: ReportOrDryRunAnswer, ...problems } }
}

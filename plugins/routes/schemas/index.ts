/**
 * Each route, described: what it takes (requests.ts) and what it answers (answers.ts). One source for validation, for
 * the types of the handlers and for the OpenAPI document; whoever adds a route adds it here.
 */
import type { TSchema } from 'typebox'
import { SIGNED_IN } from '../openapi.ts'
import {
  AdminPageAnswer,
  AdminSessionAnswer,
  LoginAnswer,
  Page,
  Problem,
  ReauthenticateAnswer,
  ReportAnswer,
  ReportOrDryRunAnswer,
  SessionAnswer,
  SessionDetailAnswer,
  SessionListAnswer,
  Style
} from './answers.ts'
import {
  AdminGetQuery, AdminRevokeBody, AdminSearchQuery, ListQuery, LoginBody, ReauthenticateBody, RenameBody, ReportParams,
  RevokeUserQuery, SessionParams, SocketQuery, UserParams
} from './requests.ts'

const signedIn = { security: SIGNED_IN }
const auth = { tags: ['authentication'] }
const own = { ...signedIn, tags: ['sessions'] }
const admin = { ...signedIn, tags: ['administration'] }

/** The answer of a route that did what it was asked, and the errors beside it. */
function answers<Answer extends TSchema> (answer: Answer) {
  return { 200: answer, '4xx': Problem, '5xx': Problem }
}

/** The same for what people are shown. */
function pages<Answer extends object> (answer: Answer) {
  return { 200: answer, '4xx': Problem, '5xx': Problem }
}

export const routeSchemas = {
  login: {
    ...auth,
    summary: 'Log in: a new session',
    body: LoginBody,
    response: answers(LoginAnswer)
  },
  logout: {
    ...auth,
    ...signedIn,
    summary: 'Log out: end the current session',
    response: answers(ReportAnswer)
  },
  reauthenticate: {
    ...auth,
    ...signedIn,
    summary: 'Confirm the password, for step-up',
    body: ReauthenticateBody,
    response: answers(ReauthenticateAnswer)
  },

  reportPage: {
    ...auth,
    summary: 'The page behind "This wasn\'t me" in a mail; changes nothing',
    params: ReportParams,
    response: pages(Page)
  },
  report: {
    ...auth,
    summary: 'Its button: end that session, and refuse its device',
    params: ReportParams,
    response: pages(Page)
  },
  reportOthers: {
    ...auth,
    summary: 'Its second button: end all other sessions, too',
    params: ReportParams,
    response: pages(Page)
  },
  reportStyle: {
    ...auth,
    summary: 'How that page looks',
    response: pages(Style)
  },

  list: {
    ...own,
    summary: 'Your sessions, latest activity first',
    querystring: ListQuery,
    response: answers(SessionListAnswer)
  },
  current: {
    ...own,
    summary: 'The current session: am I still signed in?',
    response: answers(SessionAnswer)
  },
  get: {
    ...own,
    summary: 'One of your sessions, with its last addresses',
    params: SessionParams,
    response: answers(SessionDetailAnswer)
  },
  rename: {
    ...own,
    summary: 'Give a device another name',
    params: SessionParams,
    body: RenameBody,
    response: answers(SessionAnswer)
  },
  confirm: {
    ...own,
    summary: 'Confirm one of your sessions that waits for it: that was me',
    params: SessionParams,
    response: answers(SessionAnswer)
  },
  revokeOthers: {
    ...own,
    summary: 'End all your other sessions',
    response: answers(ReportAnswer)
  },
  revokeAll: {
    ...own,
    summary: 'End all your sessions, this one included',
    response: answers(ReportAnswer)
  },
  revoke: {
    ...own,
    summary: 'End one of your sessions',
    params: SessionParams,
    response: answers(ReportAnswer)
  },
  socket: {
    ...own,
    summary: 'The WebSocket (subprotocol live-sessions.v1); see PROTOCOL.md',
    querystring: SocketQuery,
    response: { 101: { type: 'null', description: 'switching to WebSocket' }, '4xx': Problem, '5xx': Problem }
  },

  adminSearch: {
    ...admin,
    summary: "Everybody's sessions, newest first",
    querystring: AdminSearchQuery,
    response: answers(AdminPageAnswer)
  },
  adminGet: {
    ...admin,
    summary: 'A session, its user and its events',
    params: SessionParams,
    querystring: AdminGetQuery,
    response: answers(AdminSessionAnswer)
  },
  adminRevoke: {
    ...admin,
    summary: "End anybody's session",
    params: SessionParams,
    response: answers(ReportAnswer)
  },
  adminRevokeUser: {
    ...admin,
    summary: 'End all sessions of a user',
    params: UserParams,
    querystring: RevokeUserQuery,
    response: answers(ReportAnswer)
  },
  adminRevokeWhere: {
    ...admin,
    summary: 'End all sessions that match a filter, or count them',
    body: AdminRevokeBody,
    response: answers(ReportOrDryRunAnswer)
  }
}

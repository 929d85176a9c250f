/** A device's networks each with the time they were last seen, so that old ones can be forgotten. */
import { tableIn } from './table-in.ts'

export function * networks (schema: string): Generator<string> {
  // Those of before count as seen at the device's latest login: no address is forgotten too early.
  yield `
    update ${tableIn(schema, 'live_session_device')} d set networks = (
      select coalesce(jsonb_agg(case jsonb_typeof(entry) when 'string' then jsonb_build_object('network', entry, 'at', to_jsonb(d.last_at)) else entry end order by place), '[]'::jsonb)
      from jsonb_array_elements(d.networks) with ordinality as e (entry, place))
    where jsonb_path_exists(d.networks, '$[*] ? (@.type() == "string")')`
}

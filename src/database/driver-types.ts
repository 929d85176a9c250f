/**
 * What PostgreSQL sends, read our way: whatever parsers an app gives to `pg` for all its connections, our statements
 * keep these.
 */
import type { CustomTypesConfig } from 'pg'

const json = (text: string): unknown => JSON.parse(text)
/** Of ids and words: no commas, quotes or nulls are in them. */
const plainArray = (text: string): string[] => text === '{}' ? [] : text.slice(1, -1).split(',')

/** By the type's number, from pg_type; all others stay text. */
const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  16: (text) => text === 't', // bool
  21: Number, // int2
  23: Number, // int4
  700: Number, // float4
  701: Number, // float8
  114: json, // json
  3802: json, // jsonb
  2951: plainArray // uuid[]
}

/** For a query's `types`. */
export const OWN_TYPES = {
  getTypeParser: (oid: number) => PARSERS[oid] ?? ((text: string) => text)
} as unknown as CustomTypesConfig

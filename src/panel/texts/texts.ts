/** Which words are used: the app's own before those that ship, in the page's language where it is one of them. */

/** With `{name}` and the like in it; or a function of these values, for languages with more forms of a plural. */
export type Text = string | ((values: Record<string, string>) => string)
/** Words of the page's own, by name; the others stay. */
export type OwnTexts<Texts> = { readonly [Key in keyof Texts]?: Text }
export type Say<Texts> = (key: keyof Texts, values?: Record<string, string>) => string

export interface Shipped<Texts> {
  /** What is said at once; more may be learned. */
  en: Partial<Texts>
  /** Fetched when it is needed: others do not carry it. */
  de: () => Promise<Texts>
}

export interface Language<Texts> {
  /** For Intl, and for `lang` of what is shown. */
  tag: string
  /** In the midst of another language, whose direction may be another. */
  foreign: boolean
  say: Say<Texts>
  /** English words that came later, for those that are missing. */
  learn: (en: Partial<Texts>) => void
}

/** English where neither the app nor this package speaks `tag`: then times are English, too. */
export async function chooseLanguage<Texts extends Record<string, string>> (
  tag: string, { en, de }: Shipped<Texts>, own: OwnTexts<Texts> | undefined
): Promise<Language<Texts>> {
  const german = /^de\b/i.test(tag)
  let texts: OwnTexts<Texts> = { ...german ? await de().catch(() => en) : en, ...own }
  const foreign = !german && own === undefined && !/^en\b/i.test(tag)
  return {
    foreign,
    tag: foreign ? 'en' : canonical(tag),
    learn (more) { texts = { ...more, ...texts } },
    say (key, values = {}) {
      const text = texts[key] ?? ''
      return typeof text === 'function'
        ? text(values)
        : text.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
    }
  }
}

function canonical (tag: string): string {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? 'en'
  } catch {
    return 'en'
  }
}

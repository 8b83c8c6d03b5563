import { languageCode } from '../templates/language.ts'

/**
 * The best of the languages that there are, all in the form of `languageCode`: as asked, else the same language of any
 * region, else the language of the number's country, else that of the service, else the first. Null when there is none.
 */
export function bestLocale(
  available: readonly string[],
  { asked, country, fallback }: { asked: string | null; country: string | null; fallback: string },
): string | null {
  const wanted = [asked, languageOf(country), fallback].filter((one) => one !== null)
  for (const locale of wanted) {
    const found = sameLanguage(available, languageCode(locale))
    if (found !== null) return found
  }
  return available[0] ?? null
}

/** `en` finds `en`, or else `en_US`; `pt_PT` finds `pt_PT`, or else `pt`, or else `pt_BR`. */
function sameLanguage(available: readonly string[], locale: string): string | null {
  const [language = ''] = locale.split('_')
  const exact = [locale, language, `${language}_US`].find((one) => available.includes(one))
  return exact ?? available.find((one) => one.split('_')[0] === language) ?? null
}

/** The language that most people of a country read, with the region where that matters. */
function languageOf(country: string | null): string | null {
  if (country === null) return null
  return `${new Intl.Locale(`und-${country}`).maximize().language}_${country}`
}

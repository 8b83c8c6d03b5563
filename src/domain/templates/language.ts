/**
 * A language code as Meta's lists have it. People and Meta's own callbacks write `en-US`, `en_us` and `en_US` for the
 * same language; what is no code of that shape stays as it is.
 */
export function languageCode(written: string): string {
  const [language = '', ...rest] = written.trim().split(/[-_]/)
  if (!/^[a-z]{2,3}$/i.test(language)) return written
  return [language.toLowerCase(), ...rest.map(subtag)].join('_')
}

/** A script has four letters and begins with a capital (`Hans`); a region is in capitals (`US`). */
function subtag(written: string): string {
  return /^[a-z]{4}$/i.test(written)
    ? written.slice(0, 1).toUpperCase() + written.slice(1).toLowerCase()
    : written.toUpperCase()
}

import { bestLocale } from './locale.ts'
import { withCode } from './wording.ts'

// Codes go first and on a line of their own, so that they can be read on a watch and copied by a tap. The life stands
// behind a colon where a language would bend the word.

/** The texts for senders without templates, where a service has none of its own. */
export const builtInTexts: Readonly<Record<string, string>> = {
  ar: '{code}\nهذا رمز التحقق الخاص بك من {brand}. مدة الصلاحية: {life}. لا تشاركه مع أي شخص.',
  bn: '{code}\nএটি {brand}-এর জন্য আপনার যাচাইকরণ কোড। মেয়াদ: {life}। কারও সাথে শেয়ার করবেন না।',
  cs: '{code}\nToto je váš ověřovací kód pro {brand}. Platnost: {life}. Nikomu ho nesdělujte.',
  de: '{code}\nDas ist dein Bestätigungscode für {brand}. Gültigkeit: {life}. Gib ihn niemandem weiter.',
  en: '{code}\nThis is your verification code for {brand}. It expires in {life}. Do not share it with anyone.',
  es: '{code}\nEste es tu código de verificación de {brand}. Caduca en {life}. No lo compartas con nadie.',
  fr: '{code}\nVoici votre code de vérification {brand}. Il expire dans {life}. Ne le partagez avec personne.',
  he: '{code}\nזהו קוד האימות שלך עבור {brand}. בתוקף למשך: {life}. אין לשתף אותו עם אף אחד.',
  hi: '{code}\nयह {brand} के लिए आपका सत्यापन कोड है। वैधता: {life}। इसे किसी के साथ साझा न करें।',
  id: '{code}\nIni adalah kode verifikasi Anda untuk {brand}. Berlaku selama {life}. Jangan bagikan kepada siapa pun.',
  it: '{code}\nQuesto è il tuo codice di verifica per {brand}. Scade tra {life}. Non condividerlo con nessuno.',
  ja: '{code}\n{brand}の認証コードです。有効期限: {life}。誰にも教えないでください。',
  ko: '{code}\n{brand} 인증 코드입니다. 유효 시간: {life}. 다른 사람과 공유하지 마세요.',
  ms: '{code}\nIni ialah kod pengesahan anda untuk {brand}. Tempoh sah: {life}. Jangan kongsi dengan sesiapa.',
  nl: '{code}\nDit is je verificatiecode voor {brand}. Geldig gedurende: {life}. Deel deze met niemand.',
  pl: '{code}\nTo jest Twój kod weryfikacyjny {brand}. Ważność: {life}. Nie udostępniaj go nikomu.',
  pt: '{code}\nEste é o seu código de verificação de {brand}. Validade: {life}. Não o compartilhe com ninguém.',
  ru: '{code}\nЭто ваш код подтверждения {brand}. Срок действия: {life}. Никому его не сообщайте.',
  sw: '{code}\nHii ni nambari yako ya uthibitishaji ya {brand}. Muda wa matumizi: {life}. Usimpe mtu yeyote.',
  th: '{code}\nนี่คือรหัสยืนยันของคุณสำหรับ {brand} ใช้ได้ภายใน: {life} อย่าแชร์กับใคร',
  tr: '{code}\nBu, {brand} için doğrulama kodunuzdur. Geçerlilik süresi: {life}. Kimseyle paylaşmayın.',
  uk: '{code}\nЦе ваш код підтвердження {brand}. Термін дії: {life}. Нікому його не повідомляйте.',
  ur: '{code}\nیہ {brand} کے لیے آپ کا تصدیقی کوڈ ہے۔ میعاد: {life}۔ اسے کسی کے ساتھ شیئر نہ کریں۔',
  vi: '{code}\nĐây là mã xác minh {brand} của bạn. Hiệu lực: {life}. Không chia sẻ mã này với bất kỳ ai.',
  zh: '{code}\n这是您的{brand}验证码。有效期：{life}。请勿告诉任何人。',
}

/** The parts of a text that stand for something. */
export interface TextValues {
  code: string
  brand: string
  lifeSeconds: number
  /** The values that an app gave for `{{1}}`, `{{2}}`, ...; a place without a value stays empty. */
  places: readonly string[]
}

/** The places of a text that an app fills. */
const places = /\{\{\s*(\d{1,2})\s*\}\}/g

/** The languages of the texts of a service that have places for what an app gives. */
export function localesWithPlaces(own: Readonly<Record<string, string>>): string[] {
  return Object.keys(own).filter((locale) => own[locale]?.search(places) !== -1)
}

/**
 * The text in the best language, of a service's own texts before the built-in ones, filled in; and that language. A text
 * has `{code}`, `{brand}` and `{life}`, and may have places for what an app gives; then only such texts will do.
 */
export function otpText(
  own: Readonly<Record<string, string>>,
  wanted: { asked: string | null; country: string | null; fallback: string },
  values: TextValues,
): { locale: string; body: string } {
  const texts: Record<string, string> = { ...builtInTexts, ...own }
  const withPlaces = values.places.length > 0 ? localesWithPlaces(own) : []
  const all = [...Object.keys(own), ...Object.keys(builtInTexts)]
  const locale = bestLocale(withPlaces.length > 0 ? withPlaces : all, wanted) ?? 'en'
  const { code, brand, lifeSeconds } = values
  const place = (number: string): string => withCode(values.places[Number(number) - 1] ?? '', code)
  const filled: Record<string, string> = { code, brand, life: lifeText(lifeSeconds, locale) }
  const body = (texts[locale] ?? '{code}').replaceAll(
    new RegExp(`${places.source}|\\{(code|brand|life)\\}`, 'g'),
    (_, number: string | undefined, name: string | undefined) =>
      number === undefined ? (filled[name ?? ''] ?? '') : place(number),
  )
  return { locale, body }
}

/** `5 minutes`, or `90 seconds`, in the words of a language. */
function lifeText(seconds: number, locale: string): string {
  const isWhole = seconds % 60 === 0
  const unit = isWhole ? 'minute' : 'second'
  const options = { style: 'unit', unit, unitDisplay: 'long' } as const
  const value = isWhole ? seconds / 60 : seconds
  return new Intl.NumberFormat(tagOf(locale), options).format(value)
}

/** The language as Intl has it; English where it knows none. */
function tagOf(locale: string): string {
  const tag = locale.replaceAll('_', '-')
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? 'en'
  } catch {
    return 'en'
  }
}

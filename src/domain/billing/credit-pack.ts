/** An amount of credits that is for sale. */
export interface CreditPack {
  credits: number
  /** In the smallest unit of the currency, as Stripe counts. */
  amount: number
  /** ISO 4217, in capitals. */
  currency: string
}

/** Currencies whose amounts Stripe counts in whole units, or in thousandths. Source: docs.stripe.com/currencies. */
const digitsOf: Record<string, number> = {
  ...Object.fromEntries(
    'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0]),
  ),
  ...Object.fromEntries('BHD JOD KWD OMR TND'.split(' ').map((code) => [code, 3])),
}

const written = /^(\d{1,9}):(\d{1,9})(?:\.(\d{1,3}))?:([A-Z]{3})$/

/** Reads `500:99.00:ZAR`: credits, price, currency. Null when it is none, or the currency has no such fractions. */
export function parsePack(text: string): CreditPack | null {
  const [, count = '', whole = '', fraction = '', currency = ''] =
    written.exec(text.trim().toUpperCase()) ?? []
  const digits = digitsOf[currency] ?? 2
  const [credits, amount] = [Number(count), Number(whole + fraction.padEnd(digits, '0'))]
  const isPack = credits > 0 && credits <= 1_000_000_000 && amount > 0 && fraction.length <= digits
  return isPack && amount <= 99_999_999 ? { credits, amount, currency } : null
}

/** The price of a pack as people write it: `ZAR 99.00`. */
export function priceText({ amount, currency }: CreditPack): string {
  const digits = digitsOf[currency] ?? 2
  return `${currency} ${(amount / 10 ** digits).toFixed(digits)}`
}

/**
 * The credits of a purchase that go away again: all of them while the payment is disputed or once a dispute is lost, else
 * the share that was refunded, rounded up.
 */
export function creditsToTakeBack(
  credits: number,
  payment: { amount: number; refunded: number; isDisputed: boolean },
): number {
  if (payment.isDisputed) return credits
  return payment.amount === 0
    ? 0
    : Math.min(credits, Math.ceil((credits * payment.refunded) / payment.amount))
}

/**
 * What all samples share. Every value is invented: the numbers lie in ranges kept for fiction, ids only have
 * the form of Meta's.
 */

/** How sure a sample is. */
export type Certainty =
  /** A page or specification of Meta's shows this example, here with other values. */
  | 'example'
  /** Meta describes every part, but shows no example of this very combination. */
  | 'composed'
  /** The sample that Meta's App Dashboard sends on "Test", as others quote it. */
  | 'dashboard'
  /** Only others describe it; Meta's page was not found or does not say. */
  | 'third-party'

export interface Sample {
  name: string
  /** Paths are below developers.facebook.com/documentation/business-messaging/whatsapp/. */
  source: string
  certainty: Certainty
}

export type Json = Readonly<Record<string, unknown>>

/** A message of a `messages` change, and what the change says beside it. */
export interface InboundSample extends Sample {
  payload: Json
  /** The `contacts` of the change. Absent: `defaultContacts`. Empty: the change has none. */
  contacts?: readonly Json[]
  /** Further keys of the value of the change. */
  beside?: Json
}

/** A status of a `messages` change. */
export interface StatusSample extends Sample {
  payload: Json
  contacts?: readonly Json[]
}

/** A change of any field. */
export interface FieldSample extends Sample {
  field: string
  value: Json
}

/** The body of `POST /{phone-number-id}/messages`. */
export interface SendSample extends Sample {
  body: Json
}

export const accountId = '308877665544332'
export const portfolioId = '511223344556677'
export const phoneNumberId = '209911223344556'
export const businessNumber = '15550199001'
export const userNumber = '15550142233'
export const userId = 'US.20491208655302741977'
export const parentUserId = 'US.ENT.31815799212886844899'
export const groupId = 'Y2FwaV9ncm91cDoxNTU1MDE5OTAwMToxMjAzNjM0MDQ2OTQyMzM4ODAZD'
export const catalogId = '274836987003877'
export const clickId =
  'Aff-q7ZTODiE79d22KtAwQKj9e_mIEOOj27vDVwFjN80dp4_0NiNhEgpGo0AHemvuSoifXaytfTzcchptiErTKCq'

export const metadata = { display_phone_number: businessNumber, phone_number_id: phoneNumberId } as const

export const defaultContacts = [{ profile: { name: 'Ines Okafor' }, wa_id: userNumber }] as const

/** The card of someone who hides the number behind a username. */
export const hiddenContacts = [
  {
    profile: { name: 'Ines Okafor', username: '@ines.okafor' },
    user_id: userId,
    parent_user_id: parentUserId,
  },
] as const

/** An id of a message. `seed` tells samples apart. */
export const wamid = <const Seed extends string>(seed: Seed) =>
  `wamid.HBgLMTU1NTAxNDIyMzMVAgASGBQz${seed}AA==` as const

/** An id of a call. */
export const wacid = 'wacid.HBgLMTU1NTAxNDIyMzMVAgASGCAzODg1NTE5NEU1NTBEMTc1'

/** What every message of a user begins with. */
export const received = <const Part extends Json>(seed: string, part: Part) => ({
  from: userNumber,
  id: wamid(seed),
  timestamp: '1763720400',
  ...part,
})

/** The context of an answer to one of our messages. */
export const answering = { from: businessNumber, id: wamid('OUTBOUND') } as const

/** Where Meta keeps a file that came with a message, for five minutes. */
export const mediaUrl =
  'https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1441&ext=1763720700&hash=AQ'

export const errorsUrl = '/documentation/business-messaging/whatsapp/support/error-codes'

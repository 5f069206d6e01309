// Who may do what: one table that routes and topics name their right in, the gate decides by (backend/access/gate.ts), docs/roles.md is written
// from and the role × route test goes through. What is not in it nobody may: a route without a right keeps the platform from starting.
// Profiles are those of the vision note (R30 to R34); being allowed to ask is not yet being shown: whose data it is, each room checks itself.

/** As what somebody may come. The first six are roles of an account; a person may have several. */
export const PROFILES = {
  'grid-user': 'A person with an account: the grid user (DNG), for what is theirs',
  installer: 'Makes dongles known and prints their labels',
  operator: 'A person who operates the platform, with an account of their own',
  support: 'First line: sees how dongles and lines are, changes nothing',
  auditor: 'Auditor or regulator: sees whether the audit is whole, and figures; no readings',
  'esp-manager': 'A person who looks after one energy service provider here: its services and keys',
  mandated: 'A person whom a grid user lets act for them, for what is that grid user’s',
  'mandated-look': 'A person whom a grid user lets look, and no more',
  'esp-machine': 'An ESP’s server, with a token of five minutes for its keys',
  'operator-key': 'Whoever has the server’s own operator key: no person behind it',
  'register-reader': 'Another platform that follows this access register',
  dongle: 'A dongle, or a gateway that has proved it',
  anyone: 'Whoever reaches the address',
} as const

export type Profile = keyof typeof PROFILES
export const PROFILE_NAMES = Object.keys(PROFILES) as Profile[]

/** What an account can be given. */
export const ROLES = ['grid-user', 'installer', 'operator', 'support', 'auditor', 'esp-manager'] as const
export type Role = (typeof ROLES)[number]

export interface RightRow {
  what: string
  may: readonly Profile[]
  /** A person's sign-in must not be older than a few minutes: what is done weighs. An access key is never fresh. */
  isFresh?: true
  /** Only for a grid user who accepts the terms of use (R35); who acts for one rests on that one's acceptance. */
  needsTerms?: true
}

const OWN = ['grid-user', 'mandated'] as const
const OWN_AND_LOOK = [...OWN, 'mandated-look'] as const

export const RIGHTS = {
  'pages.see': { what: 'Load the pages, the description of the API and the pages of problems', may: ['anyone'] },
  'platform.probe': { what: 'Ask whether the process lives and is ready, and for its metrics', may: ['anyone'] },
  'sign-in.use': { what: 'Sign in, and ask who is signed in', may: ['anyone'] },
  'token.get': { what: 'Ask for an ESP machine’s token, with a signed assertion', may: ['anyone'] },
  'account.own': { what: 'See one’s account and mandates, end a mandate, sign out', may: ROLES },
  'mandates.give': { what: 'Let another person act, or look, in one’s name', may: ['grid-user'], isFresh: true },
  'mandates.take': { what: 'Take a mandate with its code', may: ROLES, isFresh: true },
  'people.see': { what: 'See who has an account, and as what', may: ['operator', 'support', 'operator-key'] },
  'people.change': {
    what: 'Give an account a role, or take it; lock an account, and open it again',
    may: ['operator', 'operator-key'],
    isFresh: true,
  },
  'esp.self': { what: 'Ask whose token this is', may: ['esp-machine'] },
  'esp-keys.see': {
    what: 'See the public keys and certificates of an ESP: one’s own, operators any',
    may: ['esp-manager', 'operator'],
  },
  'esp-keys.change': {
    what: 'Add and revoke keys and certificates of an ESP',
    may: ['esp-manager', 'operator'],
    isFresh: true,
  },
  'points.see': { what: 'See which metering points one has, and their diagnosis', may: OWN_AND_LOOK },
  'readings.see': {
    what: 'See readings of one’s metering points, and the live stream',
    may: OWN_AND_LOOK,
    needsTerms: true,
  },
  'own-dongles.see': { what: 'See one’s dongles and what happened to them', may: OWN_AND_LOOK },
  'own-dongles.claim': { what: 'Claim a dongle, so that it begins to measure', may: OWN, needsTerms: true },
  'own-dongles.act': { what: 'Report a dongle lost, give it away', may: OWN },
  'dongles.register': { what: 'Make a dongle known, replace its claim code', may: ['installer'] },
  'dongles.look': { what: 'See any dongle, its life and its diagnosis', may: ['operator', 'support', 'operator-key'] },
  'dongles.order': { what: 'Ask something of any dongle, change its state, see its orders', may: ['operator-key'] },
  'updates.see': { what: 'See releases, rollouts and their story', may: ['operator', 'support', 'operator-key'] },
  'updates.stop': { what: 'Pause or cancel a rollout', may: ['operator', 'operator-key'] },
  'updates.send': { what: 'Take in a release, propose, approve and resume a rollout', may: ['operator'] },
  'updates.take': { what: 'Take updates over hawkBit’s interface', may: ['dongle'] },
  'register.keep': { what: 'Fill the access register with entries', may: ['operator-key'] },
  'register.tell': {
    what: 'Take in what the market tells of a metering point',
    may: ['operator', 'operator-key'],
    isFresh: true,
  },
  'register.link': {
    what: 'Say who an account’s person is in the access register',
    may: ['operator', 'operator-key'],
    isFresh: true,
  },
  'register.see': {
    what: 'See what the market told, what came of it, and what each end of a tenure has set off',
    may: ['operator', 'auditor', 'operator-key'],
  },
  'register.read': { what: 'Read the access register’s feed', may: ['operator-key', 'register-reader'] },
  'platform.see': { what: 'See how the platform is', may: ['operator', 'support', 'auditor', 'operator-key'] },
  'platform.operate': {
    what: 'Look into dead letters, watch a dongle’s messages, make backups',
    may: ['operator-key'],
  },
  'catalogue.see': { what: 'Look through the catalogue and read the terms of use', may: ['anyone'] },
  'terms.accept': { what: 'Accept the terms of use, or take that back', may: ['grid-user'] },
  'terms.see': { what: 'See every version of the terms of use, and how many accept it', may: ['operator', 'auditor'] },
  'terms.publish': { what: 'Publish a version of the terms of use', may: ['operator'] },
  'consent.see': { what: 'See one’s permissions, notices and logs, and export them', may: OWN_AND_LOOK },
  'consent.act': { what: 'Begin a subscription, refuse it, revoke a permission', may: OWN },
  'consent.give': { what: 'Say yes to a statement: grant a permission', may: OWN, isFresh: true },
  'tenures.erase': { what: 'Erase what was measured in one’s own tenures', may: ['grid-user'], isFresh: true },
  'tenures.export': { what: 'Export the readings of one’s own tenures, former ones too', may: OWN },
  'esp.apply': { what: 'Apply as an ESP: who does becomes its manager', may: ['grid-user', 'esp-manager'] },
  'esp.manage': { what: 'See and describe one’s ESP, write, publish and withdraw its services', may: ['esp-manager'] },
  'esp.permissions': {
    what: 'See an ESP’s permissions, end them, take and acknowledge its notices',
    may: ['esp-manager', 'esp-machine'],
  },
  'esp.oversee': { what: 'Admit, suspend and expel ESPs, review and withdraw services', may: ['operator'] },
  'esp.count': { what: 'See how many subscriptions each ESP has in a month', may: ['operator', 'auditor'] },
  'audit.see': {
    what: 'Have the audit verified, see its events',
    may: ['operator', 'auditor', 'operator-key'],
  },
  'deliveries.take': { what: 'Take the readings that a permission lets out', may: ['esp-machine'] },
  'deliveries.manage': {
    what: 'See how deliveries do, try the webhook, replay what was given up',
    may: ['esp-manager', 'esp-machine'],
  },
  'deliveries.direct': { what: 'Say where webhooks go', may: ['esp-manager', 'esp-machine'], isFresh: true },
} as const satisfies { [right: string]: RightRow }

export type Right = keyof typeof RIGHTS
export const RIGHT_NAMES = Object.keys(RIGHTS) as Right[]

export interface TopicRow {
  what: string
  publish: readonly Profile[]
  read: readonly Profile[]
}

/** MQTT: {…} is one level of the asker's own, `#` whatever follows. */
export const TOPICS = {
  'nrt/1/{dongleId}/up': { what: 'What a dongle says', publish: ['dongle'], read: [] },
  'nrt/1/{dongleId}/down': { what: 'What is said to a dongle', publish: [], read: ['dongle'] },
  'esp/1/{espId}/{permissionId}/#': { what: 'Readings under one permission', publish: [], read: ['esp-machine'] },
} as const satisfies { [topic: string]: TopicRow }

export function isRight(name: unknown): name is Right {
  return typeof name === 'string' && Object.hasOwn(RIGHTS, name)
}

export function rowOf(right: Right): RightRow {
  return RIGHTS[right]
}

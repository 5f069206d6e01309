// The rows of the registers, as kysely sees them: accounts, metering points, tenures, dongles. The tables of readings are not here: only
// the store's own engine touches those. `…No` is an internal row number, `…Id` is what the outside sees.

import type { Generated } from 'kysely'
import type { HappeningCode } from '../../shared/doctor/happenings.ts'
import type { CloneSign, DongleState } from '../../shared/port/dongle-directory.ts'
import type { Role } from '../../shared/schema/access.ts'
import type { AccountEvent } from '../../shared/schema/audit.ts'
import type { CatalogueEventKind, EspState, ServiceState } from '../../shared/schema/catalogue.ts'
import type { DongleEventName, WaitReason } from '../../shared/schema/custody.ts'
import type { DeliveryFormat } from '../../shared/schema/delivery.ts'
import type { EndCause, PermissionState } from '../../shared/schema/permission.ts'
import type { CommandName } from '../../shared/session/messages.ts'
import type { UpdateCode, UpdateState } from '../../shared/update/states.ts'
import type { Audited } from '../audit/chain.ts'
import type { MemberState } from '../updates/members.ts'
import type { RolloutState } from '../updates/rollout.ts'

interface AccountTable {
  no: Generated<number>
  id: string
  name: string
  createdAtS: number
  role: Generated<Role>
  /** As the access register knows this person; null: not linked with it yet. */
  holderId: string | null
}

/** Who signs in as whom: `subject` is the identity service's word for the person, `issuer` the service ('embedded': our own). */
interface IdentityTable {
  issuer: string
  subject: string
  accountNo: number
  createdAtS: number
}

/** Whom the embedded identity service knows; scrypt of the password. `lockedUntilS` 0: it is not locked. */
interface LoginTable {
  no: Generated<number>
  id: string
  name: string
  /** As the person wants to be called. */
  person: string
  salt: Uint8Array
  hash: Uint8Array
  createdAtS: number
  failures: number
  lockedUntilS: number
}

/** `id` is SHA-256 of the cookie, hexadecimal. `signedInAtS`: when the person last proved who they are. */
interface SessionTable {
  id: string
  accountNo: number
  startedAtS: number
  signedInAtS: number
  seenAtS: number
  endsAtS: number
  /** Left alone for longer it is over. */
  idleMaxS: number
}

/** What an account may be beside its first role; `espId` of an esp-manager. `locked` stands for none of them, and for no first role. Ended rows stay. */
interface AccountRoleTable {
  no: Generated<number>
  accountNo: number
  role: Role | 'locked'
  espId: string | null
  fromS: number
  toS: number | null
}

/** What a grid user lets another account do; without a holder it is an offer, whose code has not been used. */
interface MandateTable {
  no: Generated<number>
  id: string
  giverNo: number
  holderNo: number | null
  scope: 'act' | 'look'
  codeHash: Uint8Array
  createdAtS: number
  offeredUntilS: number
  endsAtS: number
  takenAtS: number | null
  endedAtS: number | null
  usedAtS: number | null
}

/** A public key (RFC 7517, JSON) of an ESP's machines. */
interface EspKeyTable {
  no: Generated<number>
  espId: string
  kid: string
  jwk: string
  createdAtS: number
  revokedAtS: number | null
}

/** What ESPs' machines show with their tokens; one that is revoked stays, so that it does not come again. */
interface EspCertificateTable {
  no: Generated<number>
  espId: string
  thumbprint: string
  fromS: number
  untilS: number
  createdAtS: number
  revokedAtS: number | null
}

/** Used once; kept until it would have expired by itself. */
interface EspAssertionTable {
  espId: string
  jti: string
  untilS: number
}

/** Facts of this server that are no rows: the key check, the register's cursor. */
interface MetaTable {
  name: string
  value: Uint8Array
}

/** A metering point as the embedded access register has it now. */
interface RegisterPointTable {
  ean: string
  holderId: string | null
  sinceS: number
  meterSerial: string | null
  country: string
  timeZone: string
}

/** What it became, once a change. Append only. */
interface RegisterChangeTable extends RegisterPointTable {
  no: Generated<number>
  atS: number
  actor: string
}

/** `hash` is SHA-256 of the secret half: it is 256 random bits, so a slow hash would add nothing. */
interface AccessKeyTable {
  id: string
  accountNo: number
  hash: Uint8Array
  createdAtS: number
  revokedAtS: number | null
}

interface MeteringPointTable {
  no: Generated<number>
  id: string
  ean: string
  name: string | null
  country: string
  timeZone: string
  /** As the access register has it; the first authentic telegram must carry it. */
  meterSerial: string | null
}

/**
 * The period in which one account holds one metering point: fromS <= time < toS, open while toS is null. The tenure of a dongle that is
 * bound to nothing yet has a dongleNo instead of a metering point: its readings are held until they have an owner.
 * `wrappedKey` null means erased: nothing stored under this tenure can be read again, by anyone.
 */
interface TenureTable {
  no: Generated<number>
  meteringPointNo: number | null
  accountNo: number | null
  dongleNo: number | null
  fromS: number
  toS: number | null
  wrappedKey: Uint8Array | null
  erasedAtS: number | null
}

/** `boot` and `session` are the high-water mark of the sessions let in. */
export interface DongleTable {
  no: Generated<number>
  id: string
  state: DongleState
  epoch: number
  wrappedKey: Uint8Array
  boot: number
  session: number
  meteringPointNo: number | null
  /** Who has claimed it; null: nobody, or bound by an operator who vouches. */
  accountNo: number | null
  /** What a claimed or suspended dongle waits for. */
  reason: WaitReason | null
  /** Since when in this state. */
  sinceS: Generated<number>
  claimedAtS: number | null
  /** The meter that it is behind now, by its own count. */
  meter: number | null
  /** Seconds between batches that somebody asked of it; null: the gateway's own. */
  intervalS: number | null
}

/** A key beside the one in the dongle's row: the next one (untilS null: a rotation has been asked for), or the one before, accepted until then. */
interface DongleKeyTable {
  dongleNo: number
  epoch: number
  wrappedKey: Uint8Array
  untilS: number | null
}

export const ORDER_STATES = ['queued', 'sent', 'begun', 'done', 'refused', 'returned', 'failed', 'expired'] as const
/** queued, sent and begun are open. returned: it was on trial and all is as before. failed: the dongle's memory did not take it. */
export type OrderState = (typeof ORDER_STATES)[number]

/** What was asked of a dongle. `wish` is what people call it, name, seconds and argument what the wire does; `number` is given when it is first sent. */
export interface DongleOrderTable {
  no: Generated<number>
  id: string
  dongleNo: number
  wish: string
  name: CommandName
  seconds: number | null
  argument: Uint8Array | null
  number: number | null
  state: OrderState
  report: Uint8Array | null
  createdAtS: number
  expiresAtS: number
}

/** Every change of an order's state, with who made it. Append only. */
interface DongleOrderEventTable {
  no: Generated<number>
  orderNo: number
  atS: number
  state: OrderState
  actor: string
}

interface DongleSuspicionTable {
  dongleNo: number
  sign: CloneSign
  firstAtS: number
  lastAtS: number
  count: number
}

/** Every change of a dongle's state, with who made it. Append only. */
interface DongleEventTable {
  no: Generated<number>
  dongleNo: number
  atS: number
  fromState: DongleState | null
  toState: DongleState
  actor: string
  event: DongleEventName
  reason: WaitReason | null
  /** Whom it concerned: who had claimed the dongle. */
  accountNo: number | null
}

/** One meter that the dongle has met: under which tenure its readings belong, and until when. */
interface DongleMeterTable {
  dongleNo: number
  meter: number
  serial: string
  tenureNo: number | null
  untilS: number | null
}

/** What a change of state still has to bring about outside the database. */
interface DongleDutyTable {
  no: Generated<number>
  dongleNo: number
  duty: Duty
  atS: number
}

export type Duty = 'cut' | 'stop' | 'resume' | 'wipe' | 'rotate-key' | 'release-held' | 'discard-held'

/** The newest status of a dongle, as JSON of DongleStatus. */
interface DongleStatusTable {
  dongleNo: number
  receivedAtMs: number
  body: string
  /** Of the body: what waits in its flash; null: it did not say. */
  ringRecords: number | null
}

/** What happened to a dongle, from its statuses and reports; shared/doctor/happenings.ts says what the numbers and words are. */
interface DongleHappeningTable {
  no: Generated<number>
  dongleNo: number
  atS: number
  code: HappeningCode
  n: number | null
  word: string | null
}

/** scrypt of the claim code (shared/schema/registration.ts); a new row replaces the old one, whose code is void then. */
interface ClaimCodeTable {
  dongleNo: number
  salt: Uint8Array
  hash: Uint8Array
  createdAtS: number
}

/** Who made the dongle last, when, and of what. */
interface DongleOriginTable {
  dongleNo: number
  accountNo: number
  atS: number
  firmware: string
  engine: string
  tray: string | null
}

/** A release that enough trusted keys have signed; `signatures` as in its file and the `signers` that counted, as JSON. Manifest and program never change. */
export interface ReleaseTable {
  no: Generated<number>
  version: number
  name: string
  /** The bytes that were signed. */
  manifest: Uint8Array
  program: Uint8Array
  signatures: string
  signers: string
  addedAtS: number
  addedBy: string
}

/** `body` is the Rollout (backend/updates/rollout.ts) as JSON; its state is beside it, to be looked for. `given`: to how many dongles it was. */
export interface RolloutTable {
  no: Generated<number>
  id: string
  releaseNo: number
  state: RolloutState
  body: string
  given: number
  createdAtS: number
}

/** A dongle of a rollout: its turn, and what became of it. `via`: how it was given the update. */
export interface RolloutMemberTable {
  no: Generated<number>
  rolloutNo: number
  dongleNo: number
  rank: number
  state: MemberState
  /** What the dongle said of it, in a word of shared/update/states.ts. */
  code: string | null
  waveNo: number | null
  givenAtS: number | null
  changedAtS: number
  via: 'session' | 'ddi' | null
}

/** What a dongle was told to take, under a number that it has once. `memberNo` null: it was in need of a program, whatever the rollouts. */
interface UpdateOrderTable {
  no: Generated<number>
  dongleNo: number
  number: number
  releaseNo: number
  memberNo: number | null
  trialS: number
  isOpen: 0 | 1
  loadedBytes: number
  createdAtS: number
}

/** What a dongle has said last about its programs; version 0: the rescue program runs. */
interface DongleReleaseTable {
  dongleNo: number
  version: number
  state: UpdateState
  code: UpdateCode
  floor: number
  atS: number
}

/** Everything that people, dongles and the platform did about updates. Append only. */
interface UpdateEventTable {
  no: Generated<number>
  atS: number
  actor: string
  kind: string
  releaseNo: number | null
  rolloutNo: number | null
  dongleNo: number | null
  detail: string | null
}

/** A dongle as hawkBit's interface sees it; only a hash of its token is kept. */
interface DdiTargetTable {
  dongleNo: number
  tokenHash: Uint8Array | null
  attributes: string | null
  tokenAtS: number | null
}

interface DdiFeedbackTable {
  no: Generated<number>
  memberNo: number
  atS: number
  execution: string
  finished: string
  /** JSON. */
  details: string
}

/**
 * opened (`detail`: the role), key-added (the key's public part), linked with the access register, erased (the tenure whose data key is gone).
 * Append only; never with a name, a key's secret or who somebody is in the register.
 */
interface AccountEventTable {
  no: Generated<number>
  atS: number
  actor: string
  accountNo: number
  event: AccountEvent['event']
  detail: string | null
}

/** What operators did that no other event tells: looked into, replayed or dropped a dead letter, watched a dongle, took a backup. Append only. */
interface OperateEventTable {
  no: Generated<number>
  atS: number
  actor: string
  kind: OperateKind
  dongleNo: number | null
  detail: string | null
}

export type OperateKind = 'letter-shown' | 'letters-replayed' | 'letter-dropped' | 'tailed' | 'backup-taken'

/** Who offers services. `body` is EspProfile as JSON; one account manages it. */
export interface EspTable {
  no: Generated<number>
  id: string
  accountNo: number
  state: EspState
  body: string
  createdAtMs: number
}

/** `publishedVersion` null: nobody can subscribe to it. */
interface ServiceTable {
  no: Generated<number>
  id: string
  espNo: number
  publishedVersion: number | null
  createdAtMs: number
}

/** `body` is ServiceText as JSON, never changed once it is submitted. `consentVersion`: the oldest version whose consent is good for this one. */
export interface ServiceVersionTable {
  serviceNo: number
  version: number
  consentVersion: number
  state: ServiceState
  body: string
  /** What the operator had to say of it. */
  remark: string | null
  changedAtMs: number
}

/** What ESPs and operators did about ESPs and services; `detail` of a version: SHA-256 of its body. Append only. */
interface CatalogueEventTable {
  no: Generated<number>
  atMs: number
  actor: string
  kind: CatalogueEventKind
  espNo: number
  serviceNo: number | null
  version: number | null
  detail: string | null
}

/** Terms of use; `body` is TermsText as JSON and never changes. */
interface TermsTable {
  version: number
  body: string
  publishedAtMs: number
}

/** Which version an account accepts now; none: not any. */
interface TermsAcceptanceTable {
  accountNo: number
  version: number
  acceptedAtMs: number
}

/** published (`detail`: SHA-256 of the body), accepted (`detail`: the language it was read in), ended. Append only. */
interface TermsEventTable {
  no: Generated<number>
  atMs: number
  actor: string
  kind: 'published' | 'accepted' | 'ended'
  version: number
  accountNo: number | null
  detail: string | null
}

/** A permission as its events have made it; backend/consent/permission.ts. Times are 0 while they are not. */
export interface PermissionTable {
  no: Generated<number>
  id: string
  espNo: number
  serviceNo: number
  version: number
  tenureNo: number
  accountNo: number
  state: PermissionState
  requestedAtMs: number
  answerByMs: number
  grantedAtMs: number
  untilMs: number
  readingsFromS: number
  endedAtMs: number
  endCause: EndCause | null
}

/** `body`: what the event says beside its kind and time, as JSON; never an EAN. Append only. */
interface PermissionEventTable {
  no: Generated<number>
  permissionNo: number
  atMs: number
  actor: string
  kind: PermissionState
  body: string
}

/** A grant's receipt, signed (backend/consent/receipt.ts). */
interface ConsentReceiptTable {
  permissionNo: number
  jws: string
}

/** What one side of a permission has to be told: an ESP or the customer. */
export interface NoticeTable {
  no: Generated<number>
  id: string
  permissionNo: number
  espNo: number | null
  accountNo: number | null
  kind: PermissionState
  cause: EndCause | null
  atMs: number
  sentAtMs: number | null
  tries: number
  acknowledgedAtMs: number | null
}

/** What left under a permission, for the customer to see. Append only. */
interface DataAccessTable {
  no: Generated<number>
  permissionNo: number
  atMs: number
  channel: 'rest' | 'mqtt' | 'webhook'
  readings: number
  fromS: number
  toS: number
}

/** Looks of mandated persons. Append only. */
interface MandatedReadTable {
  no: Generated<number>
  mandateNo: number
  tenureNo: number
  atMs: number
  what: 'latest' | 'readings' | 'today' | 'live' | 'export'
  reads: number
  fromS: number
  toS: number
}

/** began, ended (`detail`: why, and how many permissions ended with it), corrected, exported. Append only. */
interface TenureEventTable {
  no: Generated<number>
  tenureNo: number
  atMs: number
  actor: string
  kind: 'ended' | 'exported'
  detail: string | null
}

/** What a market system has told of a metering point so far (backend/access-register/market.ts), as JSON. */
interface MarketPointTable {
  ean: string
  body: string
}

/** Every event that a market system told, and what came of it. `body` is MarketEvent as JSON. Append only. */
interface MarketEventTable {
  no: Generated<number>
  id: string
  atMs: number
  actor: string
  body: string
  outcome: string
}

/** What a request under an idempotency key came to. `request` is a hash of what was asked, `answer` the body, wrapped; null while it is carried out. */
interface OnceTable {
  owner: string
  idempotencyKey: string
  request: string
  atMs: number
  status: number | null
  answer: Uint8Array | null
}

/** One link of the chain over all audited events; `no` counts from 1 without a gap. Append only. */
interface AuditTable {
  no: number
  source: Audited
  eventNo: number
  hash: Uint8Array
}

/** A link that was signed (backend/audit/heads.ts). Append only. */
interface AuditHeadTable {
  no: number
  linkNo: number
  hash: Uint8Array
  atS: number
  before: Uint8Array
  signature: Uint8Array
}

/** What a permission's channel has still to be given: Range[] of backend/delivery/ranges.ts as JSON. No row: it has not been used. */
interface DeliveryLaneTable {
  permissionId: string
  channel: 'mqtt' | 'webhook'
  ranges: string
}

/** Where an ESP wants its deliveries posted. */
interface WebhookTable {
  espId: string
  url: string
  format: DeliveryFormat
  wrappedSecret: Uint8Array
  createdAtS: number
}

/** A delivery that was given up: readings of fromS <= time < toS, and why. Replayed: its times are pending again. */
interface DeadDeliveryTable {
  no: Generated<number>
  espId: string
  permissionId: string
  channel: 'mqtt' | 'webhook'
  fromS: number
  toS: number
  code: string
  atS: number
  replayedAtS: number | null
}

export interface Tables {
  deliveryLane: DeliveryLaneTable
  webhook: WebhookTable
  deadDelivery: DeadDeliveryTable
  accountEvent: AccountEventTable
  audit: AuditTable
  auditHead: AuditHeadTable
  operateEvent: OperateEventTable
  esp: EspTable
  service: ServiceTable
  serviceVersion: ServiceVersionTable
  catalogueEvent: CatalogueEventTable
  terms: TermsTable
  termsAcceptance: TermsAcceptanceTable
  termsEvent: TermsEventTable
  permission: PermissionTable
  permissionEvent: PermissionEventTable
  consentReceipt: ConsentReceiptTable
  notice: NoticeTable
  dataAccess: DataAccessTable
  mandatedRead: MandatedReadTable
  tenureEvent: TenureEventTable
  marketPoint: MarketPointTable
  marketEvent: MarketEventTable
  once: OnceTable
  identity: IdentityTable
  login: LoginTable
  session: SessionTable
  accountRole: AccountRoleTable
  mandate: MandateTable
  espKey: EspKeyTable
  espCertificate: EspCertificateTable
  espAssertion: EspAssertionTable
  meta: MetaTable
  registerPoint: RegisterPointTable
  registerChange: RegisterChangeTable
  dongleMeter: DongleMeterTable
  dongleDuty: DongleDutyTable
  account: AccountTable
  accessKey: AccessKeyTable
  meteringPoint: MeteringPointTable
  tenure: TenureTable
  dongle: DongleTable
  dongleEvent: DongleEventTable
  dongleStatus: DongleStatusTable
  dongleKey: DongleKeyTable
  dongleOrder: DongleOrderTable
  dongleOrderEvent: DongleOrderEventTable
  dongleSuspicion: DongleSuspicionTable
  dongleHappening: DongleHappeningTable
  claimCode: ClaimCodeTable
  dongleOrigin: DongleOriginTable
  release: ReleaseTable
  rollout: RolloutTable
  rolloutMember: RolloutMemberTable
  updateOrder: UpdateOrderTable
  dongleRelease: DongleReleaseTable
  updateEvent: UpdateEventTable
  ddiTarget: DdiTargetTable
  ddiFeedback: DdiFeedbackTable
}

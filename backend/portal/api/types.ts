// The words of the REST and SSE contract that the pages use. Types only: nothing of the schemas lands in the bundle.

export type { Reading } from '../../../shared/reading/reading.ts'
export type { AuditLine, AuditVerdict } from '../../../shared/schema/audit.ts'
export type {
  Esp,
  EspEvent,
  EspProfile,
  Service,
  ServiceReview,
  ServiceText,
  SubscriptionCount,
} from '../../../shared/schema/catalogue.ts'
export type { ActDone, OwnAct, OwnDongle, OwnDongles, OwnEvent } from '../../../shared/schema/custody.ts'
export type { DataNeed } from '../../../shared/schema/data-need.ts'
export type {
  DeadDelivery,
  DeliveryFormat,
  DeliveryHealth,
  NewWebhook,
  ReplayedDelivery,
  Webhook,
  WebhookTest,
} from '../../../shared/schema/delivery.ts'
export type { Dongle } from '../../../shared/schema/dongle.ts'
export type { MarketAnswers, MarketEvent, MarketKind, MarketStory } from '../../../shared/schema/market.ts'
export type {
  Latest,
  LiveReading,
  MeteringPoint,
  MeteringPointList,
  Today,
} from '../../../shared/schema/metering-point.ts'
export type {
  EspCertificate,
  EspKey,
  Mandate,
  MandatedReadEntry,
  Mandates,
  Person,
  PublicJwk,
  Session,
} from '../../../shared/schema/people.ts'
export type {
  DataAccessEntry,
  Notice,
  OwnPermission,
  PermissionLogEntry,
  Statement,
} from '../../../shared/schema/permission.ts'
export type { Quality } from '../../../shared/schema/quality.ts'
export type { Gap, Readings } from '../../../shared/schema/readings.ts'
export type { OwnTenure, TenureEnd } from '../../../shared/schema/tenure.ts'
export type { OwnTerms, TermsText, TermsVersionView } from '../../../shared/schema/terms.ts'

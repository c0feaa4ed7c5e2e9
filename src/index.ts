import "./node-version.ts";

export { type ApiKeyPlace, apiKey, basic, bearer } from "./define/auth.ts";
export {
  type Channel,
  type ChannelOptions,
  email,
  type Heartbeat,
  heartbeat,
  httpAlert,
  pagerDuty,
  slack,
  stdout,
  teams,
} from "./define/channel.ts";
export type { Classified, Classify } from "./define/classify.ts";
export { type Config, config, type Keep, type ServerOptions } from "./define/config.ts";
export { type ConfirmedOptions, confirmed } from "./define/confirmed.ts";
export type { Acceptance } from "./define/confirming.ts";
export {
  type BasicWebhooksOptions,
  type BearerWebhooksOptions,
  basicWebhooks,
  bearerWebhooks,
} from "./define/credentials.ts";
export type { Headers, Query } from "./define/fields.ts";
export { type FileOptions, file } from "./define/file.ts";
export {
  type CsvOptions,
  csv,
  type FixedWidthOptions,
  fixedWidth,
  json,
  jsonl,
  type XlsxOptions,
  type XmlOptions,
  xlsx,
  xml,
} from "./define/format.ts";
export {
  type AtMostOnce,
  atMostOnce,
  type ByKey,
  type ByKeyOptions,
  type ByLookup,
  type ByLookupOptions,
  byKey,
  byLookup,
  type Idempotency,
  type Natural,
  type Nothing,
  natural,
} from "./define/idempotency.ts";
export {
  type Batch,
  type Delivery,
  type EffectOptions,
  type Identity,
  type Integration,
  integration,
  type Reconcile,
  type Retry,
  type SearchValue,
  type Side,
  type SideEntity,
  type Version,
  type Volume,
} from "./define/integration.ts";
export type { Learn, Learnt } from "./define/learn.ts";
export { concurrent, cost, rate } from "./define/limit.ts";
export type { Load, LoadRead, LoadTools } from "./define/load.ts";
export { type ClientCredentialsOptions, clientCredentials, type OauthOptions, oauth } from "./define/oauth.ts";
export { type PagesOptions, pages } from "./define/pages.ts";
export type { Pagination, Path } from "./define/pagination.ts";
export { type PathValue, path } from "./define/path.ts";
export { poll } from "./define/poll.ts";
export type { TimeFormat, Verifier } from "./define/proof.ts";
export { push } from "./define/push.ts";
export type { ReportOptions } from "./define/report.ts";
export type {
  Attempt,
  Change,
  GetOptions,
  MayBeNatural,
  Read,
  ReadOptions,
  SaysHowItRepeats,
  WriteOptions,
} from "./define/request.ts";
export type { AnySchema, In, Out } from "./define/schema.ts";
export { type OptionalSecret, type Secret, secret } from "./define/secret.ts";
export {
  type CalledOptions,
  graphWebhooks,
  hubspotWebhooks,
  type PaypalOptions,
  paypalWebhooks,
  shopifyWebhooks,
  slackWebhooks,
  squareWebhooks,
  stripeWebhooks,
  twilioWebhooks,
  xeroWebhooks,
  zendeskWebhooks,
} from "./define/sender-verifiers.ts";
export type { BatchOptions, Gather, ItemOptions } from "./define/shared-batch.ts";
export { signed } from "./define/signed.ts";
export type { Sign, SigningRequest } from "./define/signing.ts";
export type {
  Call,
  Format,
  Json,
  PollOptions,
  PollPage,
  SimulatedListing,
  SimulatedRecord,
  Source,
  WebhookAnswer,
  WebhookRespond,
} from "./define/source.ts";
export {
  type Auth,
  type BreakerOptions,
  type Limit,
  type PerformOptions,
  type Performs,
  type Stored,
  type System,
  type SystemOf,
  type SystemOptions,
  system,
} from "./define/system.ts";
export { type TenantSecret, type Tenants, type TenantsOptions, tenants } from "./define/tenants.ts";
export type { TlsOptions } from "./define/tls.ts";
export type { TokenStore, Tokens } from "./define/token-store.ts";
export {
  type NoVendorKey,
  type Vendor,
  type VendorAnswer,
  type VendorKey,
  type VendorOptions,
  type VendorSource,
  vendor,
} from "./define/vendor.ts";
export type { VendorQuota } from "./define/vendor-quota.ts";
export { later, permanent } from "./define/verdict.ts";
export {
  githubWebhooks,
  type HmacOptions,
  hmac,
  standardWebhooks,
  type ToleranceOptions,
  unverified,
} from "./define/verifier.ts";
export type { SigningSecrets } from "./define/verifier-options.ts";
export type { RuleOptions, RulesOptions, WatchOptions } from "./define/watch.ts";
export { type DeliveryId, type WebhookOptions, webhook } from "./define/webhook.ts";
export type { Within } from "./define/within.ts";
export type { BalanceResult, BookResult, OutboxResult } from "./flow/books.ts";
export type { SentWithin } from "./flow/intake.ts";
export type { Duration } from "./model/duration.ts";
export { type ErrorCode, WaybillError } from "./model/errors.ts";
export type { OutcomeName } from "./model/outcome.ts";
export { createWaybill, type SendResult, type Waybill } from "./waybill.ts";

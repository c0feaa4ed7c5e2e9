import {
  basicWebhooks,
  bearerWebhooks,
  byKey,
  githubWebhooks,
  hmac,
  hubspotWebhooks,
  type Integration,
  integration,
  secret,
  slackWebhooks,
  standardWebhooks,
  stripeWebhooks,
  system,
  unverified,
  webhook,
  xeroWebhooks,
} from "waybill";
import { z } from "zod";

// Webhooks that are right, each of another sender: what a rehearsal must not object to, whatever bodies come.

const depot = system("depot", { baseUrl: "https://depot.example.com" });

export const Parcel = z.object({
  id: z.string().min(1),
  weight: z.number().positive(),
  note: z.string().optional(),
});
type Parcel = z.infer<typeof Parcel>;

/** What becomes of a parcel, whoever sends it. */
export const booked = {
  contract: Parcel,
  identify: ({ id }: Parcel) => ({ id }),
  async deliver(parcel: Parcel, { effect }: Parameters<Integration["definition"]["deliver"]>[1]): Promise<void> {
    await effect("book", depot.post("/parcels", { json: parcel, idempotency: byKey() }));
  },
};

/** The body is the record. */
export const parcels = integration("parcels", {
  ...booked,
  source: webhook("/parcels", { verify: standardWebhooks(secret("PARCELS_SECRET")) }),
});

const sources = {
  unverified: webhook("/open", { verify: unverified, from: ["192.0.2.0/24"] }),
  github: webhook("/github", { verify: githubWebhooks(secret("GITHUB_SECRET")), select: "data.parcel" }),
  stripe: webhook("/stripe", { verify: stripeWebhooks(secret("STRIPE_SECRET")), select: "data.object" }),
  slack: webhook("/slack", { verify: slackWebhooks(secret("SLACK_SECRET")), select: (body) => eventIn(body) }),
  xero: webhook("/xero", { verify: xeroWebhooks(secret("XERO_SECRET")) }),
  hubspot: webhook("/hubspot", {
    verify: hubspotWebhooks(secret("HUBSPOT_SECRET"), { url: "https://hooks.example.com/hubspot" }),
  }),
  timed: webhook("/timed", {
    verify: hmac(secret("BANK_SECRET"), { header: "Bank-Signature", pairs: { signature: "v1", time: "t" } }),
    split: "parcels",
    respond: { status: 204 },
  }),
  addressed: webhook("/addressed", {
    verify: hmac(secret("CRM_SECRET"), {
      header: "X-Signature",
      encoding: "base64",
      key: "base64",
      timestampHeader: "X-Time",
      timestampFormat: "iso",
      signed: "{method}{url}{header.x-id}{body}{time}",
      url: "https://hooks.example.com/addressed",
    }),
    delivery: "X-Id",
  }),
  token: webhook("/token", { verify: bearerWebhooks(secret("TOKEN")) }),
  password: webhook("/password", { verify: basicWebhooks({ user: "depot", password: secret("PASSWORD") }) }),
};

function eventIn(body: unknown): unknown {
  return (body as { readonly event: unknown }).event;
}

export const all: readonly Integration[] = [
  parcels,
  ...Object.entries(sources).map(([name, source]) => integration(`parcels-${name}`, { ...booked, source })),
];

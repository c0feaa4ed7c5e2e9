import { X509Certificate } from "node:crypto";
import type { PaypalVerifier } from "../define/proof.ts";
import type { World } from "../world/transport.ts";
import { certificatePlace, isUsable } from "./paypal.ts";
import type { Certificate, RequestHeaders } from "./proof.ts";

// PayPal's certificates, asked for where a delivery says that they are, and kept until they end. TLS to PayPal's own host is what makes them PayPal's; they
// are not checked against a root of their own, and a certificate that PayPal takes back is used until it ends or this process does.
//
// Anybody may send a delivery that names a certificate which PayPal has never heard of. So few are asked for at a time, whatever comes; beyond that a
// delivery is told to come again. One whose certificate is known is not held up by any of that.

const keptMax = 20;
const askedPerMinuteMax = 10;
const minuteMs = 60_000;
const timeoutMs = 3_000;
const bytesMax = 50_000;

export class PaypalCertificates {
  readonly #world: World;
  readonly #kept = new Map<string, X509Certificate>();
  readonly #underWay = new Map<string, Promise<Certificate>>();
  #askedAtMs: number[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** The certificate that a delivery says it was signed with. Never rejects. */
  async of(verifier: PaypalVerifier, headers: RequestHeaders): Promise<Certificate> {
    const place = certificatePlace(verifier, headers);
    if (place === undefined) return "unknown";
    const url = place.origin + place.path;
    const kept = this.#kept.get(url);
    if (kept !== undefined && isUsable(kept, this.#world.clock.now())) return kept;
    const underWay = this.#underWay.get(url);
    if (underWay !== undefined) return underWay;
    if (!this.#mayAsk()) return "unavailable";
    const asking = this.#ask(place).finally(() => this.#underWay.delete(url));
    this.#underWay.set(url, asking);
    return asking;
  }

  #mayAsk(): boolean {
    const now = this.#world.clock.monotonic();
    this.#askedAtMs = this.#askedAtMs.filter((at) => now - at < minuteMs);
    if (this.#askedAtMs.length >= askedPerMinuteMax) return false;
    this.#askedAtMs.push(now);
    return true;
  }

  async #ask({ origin, path }: { readonly origin: string; readonly path: string }): Promise<Certificate> {
    const answer = await this.#world.transport({
      method: "GET",
      origin,
      path,
      headers: ["accept", "*/*"],
      body: undefined,
      timeoutMs,
      answerBytesMax: bytesMax,
      signal: undefined,
      beforeSend: undefined,
      privateAllowed: false,
    });
    if (answer.kind === "failed" || answer.status === 429 || answer.status >= 500) return "unavailable";
    const certificate = answer.status === 200 ? certificateIn(answer.body) : undefined;
    if (certificate === undefined || !isUsable(certificate, this.#world.clock.now())) return "unknown";
    this.#keep(origin + path, certificate);
    return certificate;
  }

  #keep(url: string, certificate: X509Certificate): void {
    const oldest = this.#kept.size >= keptMax ? this.#kept.keys().next().value : undefined;
    if (oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(url, certificate);
  }
}

function certificateIn(body: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(body);
  } catch {
    return undefined;
  }
}

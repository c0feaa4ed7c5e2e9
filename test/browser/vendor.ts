// The other side, on a real socket: it counts by itself what it was asked to do, and never looks into the ledger.
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** What it does: answers, is down, does what it is asked and loses the answer, or refuses; answers something else, or nothing. */
export type Mood = "well" | "down" | "loses" | "refuses" | "busy" | "odd" | "silent";

export class Vendor {
  mood: Mood = "well";
  /** Under which reference what was done, how often. */
  readonly applied: Map<string, number> = new Map();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      // It keeps no time of its own, beside a clock that is put forward.
      response.sendDate = false;
      const body = await text(request).catch(() => "");
      if (this.mood === "silent") return;
      if (this.mood === "down") return void request.socket.destroy();
      const answer = (status: number, said: unknown, headers: Record<string, string> = {}): void =>
        void response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(said));
      if (this.mood === "refuses") return answer(422, { error: "There is no customer with this number." });
      if (this.mood === "busy") return answer(429, { error: "Too many requests." }, { "retry-after": "10800" });
      const { ref } = JSON.parse(body === "" ? "{}" : body) as { ref?: string };
      if (ref !== undefined) this.applied.set(ref, (this.applied.get(ref) ?? 0) + 1);
      if (this.mood === "loses") return void request.socket.destroy();
      if (this.mood === "odd") return answer(200, { accepted: true });
      answer(200, { id: `made-${this.applied.size}`, items: [], next: null });
    });
  }

  static async open(): Promise<Vendor> {
    const vendor = new Vendor();
    vendor.#server.listen(0, "127.0.0.1");
    await once(vendor.#server, "listening");
    return vendor;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

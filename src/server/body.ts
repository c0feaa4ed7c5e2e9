import { WaybillError } from "../model/errors.ts";
import { Gathered } from "../world/gathered.ts";
import type { ArrivedBody } from "../world/http-server.ts";

/** The whole body of a web-standard request, read no further than the limit: what its length header says proves nothing. */
export async function arrivedBody(request: Request, bytesMax: number): Promise<ArrivedBody> {
  if (Number(request.headers.get("content-length") ?? 0) > bytesMax) return { kind: "too-large" };
  if (request.body === null) return { kind: "whole", bytes: new Uint8Array() };
  const body = new Gathered();
  try {
    // Leaving the loop early cancels the rest.
    for await (const chunk of request.body) {
      body.add(chunk);
      if (body.length > bytesMax) return { kind: "too-large" };
    }
  } catch {
    return { kind: "broken" };
  }
  return { kind: "whole", bytes: body.bytes() };
}

/** @throws {WaybillError} `too-large` or `unreadable`. */
export async function wholeBody(request: Request, bytesMax: number): Promise<Uint8Array> {
  const arrived = await arrivedBody(request, bytesMax);
  if (arrived.kind === "whole") return arrived.bytes;
  throw arrived.kind === "too-large"
    ? new WaybillError("too-large", `The body has more than ${bytesMax} bytes.`, "Send less at once.")
    : new WaybillError("unreadable", "The body did not arrive whole.", "Send it again.");
}

/** A content type without its parameters, and the charset it declares. */
export function contentTypeOf(header: string | null): {
  readonly type: string;
  readonly charset: string | undefined;
} {
  const [type = "", ...parameters] = (header ?? "").split(";");
  const charset = parameters.map((one) => /^\s*charset\s*=\s*"?([^"\s]+)"?\s*$/i.exec(one)?.[1]).find(Boolean);
  return { type: type.trim().toLowerCase(), charset };
}

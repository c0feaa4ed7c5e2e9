import type { CallView } from "../flow/call-views.ts";
import { plain, print, styled } from "./output.ts";

/** One call whole: under a record, or in a listing with bodies. */
export function printCall(call: CallView, indent: string): void {
  const status = call.status === null ? "no answer" : `${call.status}`;
  const attempt = call.attempt > 1 ? `, attempt ${call.attempt}` : "";
  print(
    `${indent}${styled("dim", call.at)}  ${styled("bold", plain(call.what))}  ${status} ${call.outcome} in ${call.durationMs} ms${attempt}`,
  );
  print(`${indent}  ${plain(`${call.method} ${call.url}`)}`);
  if (call.why !== null) print(`${indent}  ${plain(call.why)}`);
  printSide(call.request, "→", indent);
  if (call.answer !== null) printSide(call.answer, "←", indent);
}

function printSide({ headers, body, bytes }: CallView["request"], arrow: string, indent: string): void {
  const shown = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  if (shown.length > 0) print(styled("dim", `${indent}  ${arrow} ${plain(shown.join("  "))}`));
  if (body !== undefined && body !== "")
    for (const line of body.split("\n")) print(`${indent}  ${arrow} ${plain(line)}`);
  if (bytes > 2 * (body?.length ?? 0) && body !== "") print(styled("dim", `${indent}  ${arrow} ${bytes} bytes in all`));
}

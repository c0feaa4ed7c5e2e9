import type { AnswerToClassify } from "../define/classify.ts";
import type { Answer } from "../model/outcome.ts";
import { parseAnswer } from "./exact-json.ts";

/** A whole answer as code of the user's own sees it: the body as JSON where it is JSON, else as text. */
export function seenByUser({ status, headers, text }: Answer): AnswerToClassify {
  return { status, headers, body: bodyOf(text) };
}

function bodyOf(text: string | undefined): unknown {
  if (text === undefined || text === "") return undefined;
  try {
    return parseAnswer(text);
  } catch {
    return text;
  }
}

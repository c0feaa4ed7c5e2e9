// What is hidden by the name it stands under, in texts that are kept for people. It is a second net: what is known to be a secret is replaced by value.

/** Headers, parameters and members whose values are nobody's business. */
const hidden =
  /authorization|cookie|token|secret|passw(?:or)?d|passphrase|api[-_ ]?key|access[-_ ]?key|private[-_ ]?key|signature|credential|session[-_ ]?(?:id|key)|card[-_ ]?number|(?:^|[-_.\s])(?:auth|pwd|cvv2?|cvc|pan|pin)$/i;
/** In an address these are keys and signatures; in a body they may be anything. */
const hiddenInQuery = /^(?:key|sig|code|auth|jwt|assertion)$/i;

/** Whether a value of this name is never shown. */
export function isHidden(name: string, where: "header" | "query" | "body"): boolean {
  return hidden.test(name) || (where === "query" && hiddenInQuery.test(name));
}

const redacted = "[redacted]";

/** A query or a form, with the values of such names hidden: `a=1&token=[redacted]`. */
export function withoutHiddenPairs(text: string, where: "query" | "body"): string {
  return text.replace(/(^|[?&])([^=&?\s"'<>]{1,200})=([^&#\s"'<>\\]*)/g, (all, before: string, name: string) =>
    isHidden(decoded(name), where) ? `${before}${name}=${redacted}` : all,
  );
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll("+", " "));
  } catch {
    return name;
  }
}

/** JSON inside JSON inside JSON is read no deeper. */
const nestingMax = 3;

/**
 * JSON as it came, with the values of such members hidden, whatever their kind. It need not be whole: what was cut is read to its end.
 *
 * @example withoutHiddenMembers('{"password":"x","n":1}') // '{"password":"[redacted]","n":1}'
 */
export function withoutHiddenMembers(text: string, nesting = 0): string {
  let shown = "";
  let from = 0;
  let at = text.indexOf('"');
  while (at >= 0) {
    const end = endOfString(text, at);
    const valueAt = valueAfter(text, end);
    const token = text.slice(at, end);
    let upTo = end;
    if (valueAt === undefined) {
      const inner = nesting < nestingMax ? jsonInside(token, nesting) : token;
      shown += text.slice(from, at) + inner;
      from = end;
    } else if (isHidden(unquoted(token), "body")) {
      shown += `${text.slice(from, valueAt)}"${redacted}"`;
      upTo = endOfValue(text, valueAt);
      from = upTo;
    }
    at = text.indexOf('"', upTo);
  }
  return shown + text.slice(from);
}

/** After the closing quote, or the end of the text. */
function endOfString(text: string, at: number): number {
  for (let next = at + 1; next < text.length; next++) {
    const letter = text[next];
    if (letter === "\\") next++;
    else if (letter === '"') return next + 1;
  }
  return text.length;
}

/** Where the value begins, if what ends here is the name of a member. */
function valueAfter(text: string, end: number): number | undefined {
  const colon = skipSpace(text, end);
  return text[colon] === ":" ? skipSpace(text, colon + 1) : undefined;
}

function skipSpace(text: string, at: number): number {
  let next = at;
  while (next < text.length && " \t\r\n".includes(text[next] as string)) next++;
  return next;
}

function endOfValue(text: string, at: number): number {
  if (text[at] === '"') return endOfString(text, at);
  let depth = 0;
  for (let next = at; next < text.length; next++) {
    const letter = text[next] as string;
    if (letter === '"') next = endOfString(text, next) - 1;
    else if (letter === "{" || letter === "[") depth++;
    else if (letter === "}" || letter === "]") {
      if (depth === 0) return next;
      depth--;
      if (depth === 0) return next + 1;
    } else if (depth === 0 && letter === ",") return next;
  }
  return text.length;
}

/** A text that holds JSON or a form itself. */
function jsonInside(token: string, nesting: number): string {
  if (!token.includes('\\"') && !token.includes("=")) return token;
  const inner = unquoted(token);
  const shown = withoutHiddenPairs(
    token.includes('\\"') ? withoutHiddenMembers(inner, nesting + 1) : inner,
    inner.includes("://") ? "query" : "body",
  );
  return shown === inner ? token : JSON.stringify(shown);
}

/** What a JSON text says; of one that is cut, its letters. */
function unquoted(token: string): string {
  try {
    return JSON.parse(token) as string;
  } catch {
    return token.slice(1);
  }
}

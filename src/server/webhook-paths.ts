import { isPerPath } from "../define/webhook.ts";

const mark = ":tenant";

interface Pattern<T> {
  readonly before: string;
  readonly after: string;
  readonly take: T;
}

/** What takes the deliveries to a path, and whose they are where the path says it. */
export class WebhookPaths<T> {
  readonly #exact = new Map<string, T>();
  readonly #patterns: Pattern<T>[] = [];

  add(path: string, take: T): void {
    if (!isPerPath(path)) {
      this.#exact.set(path, take);
      return;
    }
    const [before = "", after = ""] = path.split(mark);
    this.#patterns.push({ before, after, take });
  }

  find(path: string): { readonly take: T; readonly tenant: string | undefined } | undefined {
    const exact = this.#exact.get(path);
    if (exact !== undefined) return { take: exact, tenant: undefined };
    for (const { before, after, take } of this.#patterns) {
      if (path.length <= before.length + after.length || !path.startsWith(before) || !path.endsWith(after)) continue;
      const tenant = path.slice(before.length, path.length - after.length);
      if (!tenant.includes("/")) return { take, tenant: plainly(tenant) };
    }
    return undefined;
  }
}

/** A part of a path may be written with its letters escaped. */
function plainly(part: string): string {
  if (!part.includes("%")) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

import type { Value } from "./cells.ts";

/** The conditions of a statement that is put together, and its parameters in their order. */
export class Conditions {
  readonly #conditions: string[] = [];
  readonly values: Value[] = [];

  /** Keeps a parameter; answers how the statement names it. */
  value(given: Value): string {
    return `$${this.values.push(given)}`;
  }

  /** Each `?` stands for the next of the values. */
  where(condition: string, ...given: Value[]): void {
    let next = 0;
    this.#conditions.push(condition.replace(/\?/g, () => this.value(given[next++])));
  }

  text(): string {
    return this.#conditions.length === 0 ? "" : `where ${this.#conditions.join(" and ")}`;
  }
}

/** Text as a pattern of `like` in which nothing stands for anything else. */
const literally = (text: string): string => text.replace(/[\\%_]/g, "\\$&");

/** A pattern of `like` for what holds this text. */
export const holding = (text: string): string => `%${literally(text)}%`;

/** Text as a pattern of `like` in which only `any` stands for anything. */
export function likeOf(text: string, any: "*" | "…"): string {
  return text.split(any).map(literally).join("%");
}

import type { Definition } from "../../define/definition.ts";

/** Whether the contract takes a value, asked by itself. */
export async function meets({ contract }: Definition, value: unknown): Promise<boolean> {
  try {
    return (await contract["~standard"].validate(value)).issues === undefined;
  } catch {
    return false;
  }
}

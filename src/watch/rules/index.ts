import { dead } from "./dead.ts";
import type { Rule } from "./rule.ts";

/** Every rule. A new one is a file here, a name in model/alert.ts, and a line in this list. */
export const rules: readonly Rule[] = [dead];

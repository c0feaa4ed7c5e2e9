const depthMax = 500;

/**
 * Why a result cannot be stored, or undefined when it can: JSON, with Date and bigint. Methods are left out of what is stored; what would vanish
 * silently (a Map, a stream's inside, a circle) is named instead.
 */
export function unstorable(value: unknown, path = "the result", depth = 0): string | undefined {
  switch (typeof value) {
    case "function":
    case "symbol":
      return depth === 0 ? `${path} is a ${typeof value}` : undefined;
    case "number":
      return Number.isFinite(value) ? undefined : `${path} is ${value}`;
    case "object":
      break;
    default:
      return undefined;
  }
  if (value === null) return undefined;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? `${path} is an invalid date` : undefined;
  if (depth > depthMax) return `${path} is nested deeper than ${depthMax}, or contains itself`;
  if (
    value instanceof Map ||
    value instanceof Set ||
    value instanceof WeakMap ||
    ArrayBuffer.isView(value) ||
    value instanceof ArrayBuffer
  ) {
    return `${path} is a ${value.constructor.name}`;
  }
  if ("toJSON" in value && typeof value.toJSON === "function") return undefined;
  for (const [key, item] of Object.entries(value)) {
    const why = unstorable(item, depth === 0 ? key : `${path}.${key}`, depth + 1);
    if (why !== undefined) return why.length > 300 ? `${why.slice(0, 120)}…${why.slice(-120)}` : why;
  }
  return undefined;
}

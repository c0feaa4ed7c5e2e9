/** Why a record waits for a paused system: stored as its reason, and looked for when the system is resumed. */
export function pausedReason(system: string): string {
  return `${system}: it is paused`;
}

/** What waits for a pause, as patterns of its reason: a system is called `shop`, or `shop@shop-7` where each tenant has an account of its own there. */
export function pausedPatterns({ kind, name }: { readonly kind: string; readonly name: string }): readonly string[] {
  if (kind === "system") return [pausedReason(name), pausedReason(`${name}@*`)];
  return kind === "tenant" ? [pausedReason(`*@${name}`)] : [];
}

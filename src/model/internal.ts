/** Begins the names of what Waybill runs for itself, such as the delivery of alerts. No name that a user may give begins so. */
export const internalPrefix = "alerts:";

/** Whether an integration, or a system, is one that Waybill runs for itself. */
export const isInternal = (name: string): boolean => name.startsWith(internalPrefix);

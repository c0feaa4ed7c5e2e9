/** What a simulated system answers, and whether it did what it was asked for. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Something was changed by this request, and not by one before it. */
  readonly applied: boolean;
}

export function answered(status: number, body: unknown, applied: boolean): Answered {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body), applied };
}

/** Nothing was done. */
export function refusal(status: number, error: string, headers: Readonly<Record<string, string>> = {}): Answered {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ error }),
    applied: false,
  };
}

// Waybill's operations API, as far as the demo asks it: the same JSON as the commands' --json.

export interface Book {
  readonly balanced: boolean;
  readonly received: number;
  readonly duplicate: number;
  readonly quarantined: number;
  readonly waiting: number;
  readonly delivering: number;
  readonly delivered: number;
  readonly dead: number;
  readonly held: number;
  readonly refused: number;
}

export interface RecordRow {
  readonly record: string;
  readonly entity: string | null;
  readonly state: string;
  readonly cause: string | null;
  readonly reason: string | null;
}

export async function readBook(url: string): Promise<Book> {
  const { integrations } = await read<{ integrations: [Book] }>(`${url}/v1/balance`);
  return integrations[0];
}

/** All records in one state. */
export async function readRecords(url: string, state: string): Promise<RecordRow[]> {
  const found: RecordRow[] = [];
  let next: string | null = null;
  do {
    const page: { records: RecordRow[]; next: string | null } = await read(
      `${url}/v1/records?state=${state}&limit=500${next === null ? "" : `&next=${next}`}`,
    );
    found.push(...page.records);
    next = page.next;
  } while (next !== null);
  return found;
}

async function read<T>(url: string): Promise<T> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}

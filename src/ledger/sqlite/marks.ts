import type { Mark, Marks, NewMark } from "../desk/marks.ts";
import type { Hash } from "../ledger.ts";
import { type Cell, cell, type Prepare, value } from "./cells.ts";
import type { YoungMarks } from "./young-marks.ts";

const columns = "record, raw_hash, fingerprint, contract";

export function keepMarks(prepare: Prepare, young: YoungMarks): Marks {
  const findOld = prepare(`select ${columns} from marks where mark = ?`);
  const findYoung = prepare(`select ${columns} from young_marks where n = ?`);
  const setRecord = both("record = ?");
  const setReading = both("fingerprint = ?, contract = ?");

  function both(what: string): (mark: Hash, ...cells: Cell[]) => void {
    const old = prepare(`update marks set ${what} where mark = ?`);
    const fresh = prepare(`update young_marks set ${what} where n = ?`);
    return (mark, ...cells) => {
      const n = young.find(mark);
      if (n !== undefined) fresh.run(...cells, n);
      old.run(...cells, mark);
    };
  }

  function of(mark: Hash): Mark | undefined {
    const n = young.find(mark);
    const found = (n === undefined ? undefined : findYoung.get(n)) ?? findOld.get(mark);
    if (found === undefined) return undefined;
    return {
      record: found[0] as number,
      rawHash: found[1] as Hash,
      fingerprint: value<Hash>(found[2]),
      contract: found[3] as number,
    };
  }

  function addNew(mark: Hash, made: NewMark): boolean {
    if (young.find(mark) !== undefined) return false;
    const { book, record, keyHash, rawHash, fingerprint, contract } = made;
    young.add(mark, [book, record, cell(keyHash), rawHash, cell(fingerprint), contract]);
    return true;
  }

  return {
    of,
    add: (mark, made) => of(mark) === undefined && addNew(mark, made),
    addNew,
    pass: (mark, record) => setRecord(mark, record),
    reread: (mark, fingerprint, contract) => setReading(mark, fingerprint, contract),
  };
}

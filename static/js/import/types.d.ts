/** Types of an import: what the service thinks of a file, and what importing it would do. */
declare namespace Import {
  interface Page {
    language: "zh" | "en";
    words: Shared.Words;
    bounds: Shared.Box | null;
    /** Where the communities are that lie under the file's shapes. */
    under: string;
    endings: string[];
    most_mb: number;
  }
  type Fault = { column?: string; detail: string };
  interface Row {
    row: number;
    sheet?: string;
    cells: unknown[];
    parsed: Record<string, unknown>;
    faults: Fault[];
    buildings?: number;
    missed?: string;
  }
  type Match = { column: string; field: string; label: string; source: string };
  type Remark = { text: string; count: number; which: string[] };
  /** The rows of a file, or of one layer of several that a file holds. */
  interface Table {
    columns?: string[];
    mapping?: { matched: Match[] };
    rows?: Row[];
    row_count?: number;
  }
  interface Part extends Table {
    layer: string;
    label: string;
    seen: number;
    left_out: Remark[];
    remarks: Remark[];
  }
  /** Null where nobody knows any more: what was imported by a process that then died. */
  type Counts = Record<string, Record<string, number | null>>;
  type FaultGroup = {
    column?: string;
    value?: string;
    detail: string;
    count: number;
    rows: { row: number; sheet?: string }[];
  };
  type Question = {
    field: string;
    label: string;
    word: string;
    shown: string;
    options: { code: string; label: string }[];
    column: string | null;
    count: number | null;
    rows: { row: number; sheet?: string }[];
    answer: string | null;
  };
  type Blocking = { detail: string; parameter?: string; row?: number };
  interface Candidate {
    reading: string;
    median_m: number | null;
    text: string;
  }
  interface Preview extends Table {
    id: string;
    file: string;
    header_row?: number;
    layer: string | null;
    /** Where it has its turn among several files; null where nobody knows what it is. */
    turn: number | null;
    layers: { id: string; label: string; score: number; reasons: string[] }[];
    sheets: { name: string; rows: number | null }[];
    table: string | null;
    choices: {
      sheet?: string;
      encoding?: string;
      crs?: string;
      mapping?: Shared.Words;
      values?: Record<string, Record<string, string | null>>;
      bbox?: Shared.Box;
      joins?: "nodes" | "lines" | null;
      split_parts?: boolean;
      keep_demo?: boolean;
      effective?: string | null;
    };
    encoding?: { used: string; source: string; evidence: string[] };
    encodings?: string[];
    crs?: {
      candidates: Candidate[];
      used: string | null;
      used_name: string;
      named: string | null;
      suspected: string | null;
      evidence: string[];
      compared: number;
    };
    geometry?: { types: Record<string, number>; missing: number };
    of_parts?: number;
    fields: { name: string; label: string; required: boolean; unit?: string }[];
    parts?: Part[];
    remarks: Remark[];
    box?: { file: Shared.Box | null; around: Shared.Box | null };
    ledger?: {
      unit?: string;
      as_of?: string;
      totals: { column: string; stated: number; counted: number; agrees: boolean; blank: number }[];
    };
    questions?: Question[];
    doubts?: { kind: string; detail: string }[];
    landing?: {
      placed: number;
      buildings: number;
      missed: { text: string; count: number; rows: { row: number; sheet?: string }[] }[];
    };
    blocking: Blocking[];
    counts: Counts;
    labels: Shared.Words;
    changes: number;
    fault_groups: FaultGroup[];
    fault_count: number;
    notes: string[];
    can_commit: boolean;
    shapes: Shapes | null;
  }
  type Shapes = Shared.Collection<{ row: number; sheet?: string; state: State }> & {
    states: Record<string, number>;
    total: number;
  };
  type State = "new" | "known" | "fault" | "open" | "member";
  interface Result {
    changeset: { id: number; message: string } | null;
    counts: Counts;
    labels: Shared.Words;
    left_out?: number;
    notes?: string[];
  }
  /** One of several files: what is thought of it, and what became of it. */
  interface Entry {
    name: string;
    preview: Preview | null;
    state: "waiting" | "done" | "same" | "refused";
    refused: string | null;
    result: Result | null;
    key: string;
  }
  /** What is decided of a file that is imported: rows with faults left out, and the doubts that are passed over. */
  type Order = { only_sound: boolean; allow: string[] };
  /** What corrects a guess: the choice by its name, null where the service is to guess. */
  type Correction = Record<string, unknown>;
  interface Hears {
    correct(changes: Correction): void;
    look(): void;
    again(): void;
    commit(body: Order, author: string): void;
    undo(changeset: number, author: string): void;
    pick(entry: Entry): void;
    leaveOut(entry: Entry): void;
    runAll(author: string, said?: Order): void;
    undoAll(changesets: number[], author: string): void;
    ways(): HTMLElement[];
  }
}

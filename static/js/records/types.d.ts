/** Types of records, their forms and their history. */
declare namespace Records {
  type Plain = string | number | boolean | string[] | null;
  type Properties = Record<string, Plain>;
  interface Field {
    name: string;
    label: string;
    type: "text" | "integer" | "number" | "boolean" | "date" | "enum" | "list";
    unit: string | null;
    required: boolean;
    /** A code never changes. */
    locked: boolean;
    values: [string, string][];
    /** The layer whose codes stand here. */
    refers_to: string | null;
    usual: string | null;
    hint: string | null;
    length: number | null;
  }
  interface Form {
    layer: string;
    label: string;
    geometry: "point" | "line" | "polygon" | "none";
    accepts: string[];
    fields: Field[];
  }
  interface Record_ {
    id: string;
    version: number;
    properties: Properties;
    geometry: any;
  }
  type Names = Record<string, Record<string, string>>;
  interface Changed {
    name: string;
    label: string;
    before: string | null;
    after: string | null;
  }
  interface Happened {
    changeset: number;
    author: string;
    time: string;
    kind: string;
    message: string;
    effective: string | null;
    op: "create" | "update" | "delete";
    records: number;
    reverts: number | null;
    reverted_by: number | null;
    fields: Changed[];
    properties: Properties | null;
  }
  interface Contract {
    id: string;
    area: string;
    said: string;
    in_force: boolean;
    ends: string | null;
    manager: string | null;
    mode: string | null;
    stage: string | null;
    start_date: string | null;
  }
  /** Who manages what is taken over. */
  interface Standing {
    courtyard: string | null;
    area: string | null;
    called: string;
    shared: { name: string; code: string; count: number }[];
    contracts: Contract[];
    managers: Record<string, string>;
    form: Form;
    revision: number;
  }
  interface Line {
    id: number;
    first: number;
    author: string;
    time: string;
    began: string;
    message: string;
    kind: string;
    effective: string | null;
    counts: { layer: string; create?: number; update?: number; delete?: number }[];
    reverts: number | null;
    reverted_by: number | null;
    standing: number[];
    /** What undoing the line takes back, the newest first; nothing where that would be refused. */
    undoes: number[];
    strokes: { id: number; time: string; message: string; reverted_by: number | null; undoes: boolean }[];
  }
  interface Page {
    language: "zh" | "en";
    words: Shared.Words;
    may_write: boolean;
    form: Form;
    record: Record_ | null;
    /** Of a deleted record, as it was last. */
    last: Record_ | null;
    gone: string | null;
    names: Names;
    history: Happened[];
    elsewhere: string | null;
    today: string;
    back: string;
    title: string;
    doing: "edit" | "handover";
    at: Shared.LngLat | null;
    standing: Standing | null;
    bounds: Shared.Box | null;
    lines: Line[];
  }
  /** One field of a form on the page. */
  interface Control {
    field: Field;
    element: HTMLElement;
    /** What stands there, as the service takes it. */
    read(): Plain;
    write(value: Plain): void;
    /** Say what is wrong, or that nothing is. */
    fail(text: string | null): void;
    focus(): void;
  }
  interface Change {
    layer: string;
    id?: string;
    version?: number;
    properties?: Properties;
    geometry?: any;
    delete?: boolean;
    restore?: boolean;
  }
  /** What both changed otherwise. */
  interface Clash {
    name: string;
    was: Plain;
    mine: Plain;
    theirs: Plain;
  }
  interface Written {
    changeset: { id: number; message: string } | null;
    records: { layer: string; id: string; version: number }[];
  }
  /** The map beside a form. */
  interface Chart {
    /** Draw what is around; `view` is zoom, latitude and longitude. */
    begin(view: number[] | null): void;
    show(geometry: any): void;
    edit(geometry: any, accepts: string[], changed: (geometry: any) => void): void;
    draw(kind: "point" | "polygon", done: (geometry: any) => void): void;
    stop(): void;
  }
}

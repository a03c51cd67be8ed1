/** Types of what the server writes into the workbench's page. */
declare namespace Workbench {
  interface Column {
    key: string;
    label: string;
    kind: "text" | "code" | "number" | "year" | "share" | string;
    unit: string | null;
    width: number;
    /** What feature `n` has there. */
    value(n: number): any;
  }
  /** Features as the server encodes them. */
  interface Batch {
    features: { ids: string[]; names: Shared.Encoded; class: Shared.Encoded; shapes: Shared.EncodedShape[] };
    columns: (Shared.Encoded & Column)[];
  }
  interface Group {
    key: string;
    label: string;
    short: string;
    focus: boolean;
  }
  /** What the search box finds before features: communities, courtyards. */
  interface Place {
    id: string;
    kind: string;
    layer: string;
    name: string;
    code: string;
    /** How the name is read, in a page that has no service to ask. */
    sounds?: string[];
    box: Shared.Box;
  }
  interface Page extends Chart.Page, Batch {
    map: string;
    language: "zh" | "en";
    words: Shared.Words;
    layers: Shared.Words;
    /** What a unit is called beside a figure of one. */
    ones: Shared.Words;
    question: { community: string | null; as_of: string; basis: string };
    classes: Chart.Class[];
    groups: Group[];
    places: Place[];
    communities: [string, string][];
    standalone: boolean;
    revision: number;
    total: number;
    tool: string;
    /** The layer whose records may be corrected here, null where nobody may. */
    writable: string | null;
    /** The layer to which records may be added from here. */
    adds: string | null;
  }
  type Features = typeof import("gridmap/workbench/page.js").features;
  type Drawn = ReturnType<typeof import("gridmap/map/workbench.js").takeWorkbenchMap>;

  /** How the page is looked at; it stands in the address after "#". */
  interface State {
    selected: string | null;
    off: string[];
    text: string;
    group: string | null;
    /** A column's key, with ".down" where the largest is first. */
    sort: string | null;
    view: [number, number, number] | null;
    tool: string | null;
    hide: string[];
    patterns: boolean;
    placing: string | null;
    /** The job whose proposal is shown. */
    proposed: string | null;
  }
  type Key = keyof State | "page";

  /** The table's rows in their order. */
  interface Listing {
    total: number;
    counts: Record<string, number>;
    /** Whether it is known which rows there are. */
    ready: boolean;
    renew(): void;
    /** The position of the feature in row `i`, undefined where it is still to come. */
    at(i: number): number | undefined;
    /** The row of a feature, -1 where it has none or it is not known. */
    place(n: number): number;
    /** The same from who knows for certain. */
    locate(n: number): Promise<number | undefined>;
    /** See to it that row `i` is here. */
    load(i: number): Promise<number | undefined>;
    /** Whether a column has something to say of the rows. */
    fills(column: Column): boolean;
  }

  /** What the search box may do with what it found. */
  interface Go {
    feature(n: number): void;
    box(box: Shared.Box): void;
    point(lat: number, lng: number): void;
    community(code: string): void;
    outline(shapes: Shared.Collection | null): void;
  }
  type Hit = { kind: string; layer?: string; name: string; code?: string; rank?: number; go(): unknown };

  /** Which stations and points count; points are texts "lon,lat". */
  type Choice = { kinds: string[]; stations: string[]; without: string[]; points: string[] };
  type Role = { counts: boolean; kind: string; point: boolean };
  type HearPlaces = (listener: ((lat: number, lng: number) => void) | null) => void;
  type Rows = Record<string, any>[];
}
